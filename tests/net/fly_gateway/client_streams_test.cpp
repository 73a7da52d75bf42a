#define CAF_SUITE client_streams

#include "net/fly_gateway/client_streams.hpp"

#include <string>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "protocol/fly/stream_request.hpp"

using namespace ability;

namespace mq = fly::mq_option;

namespace {

struct fixture : stream_host {
  struct sent {
    std::uint8_t options;
    std::uint16_t alias;
    std::uint8_t sequence;
    std::string text;
  };

  client_streams uut;
  std::vector<sent> packets;
  std::vector<client_command> commands;
  int malformed_packets = 0;

  void send_packet(const fly::packet& what) override {
    CAF_CHECK(what.type == fly::subtype::mq);
    packets.push_back({what.options, what.command, what.sequence, std::string{what.buffer}});
  }
  void command(client_command said) override { commands.push_back(std::move(said)); }
  void malformed(std::string_view) override { ++malformed_packets; }

  void receive(std::uint8_t options, std::uint16_t alias, std::uint8_t sequence, std::string_view text = {}) {
    uut.receive({fly::subtype::mq, options, alias, sequence, text}, *this);
  }
  void subscribe(std::uint16_t alias, std::uint8_t sequence, std::string_view stream) {
    receive(mq::subscribe, alias, sequence, stream);
  }
  bool last_is(std::uint8_t options, std::uint16_t alias, std::uint8_t sequence) const {
    return !packets.empty() && packets.back().options == options && packets.back().alias == alias &&
           packets.back().sequence == sequence;
  }
};

std::string transmission(std::string_view stream, std::string_view rest) {
  std::string quoted;
  for (const char c : *fly::identifier_of(stream))
    quoted += c == '"' ? std::string{"\\\""} : std::string{c};
  return "{\"identifier\":\"" + quoted + "\"," + std::string{rest} + '}';
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(client_streams_tests, fixture)

CAF_TEST(a subscription is asked for and confirmed by its tag) {
  subscribe(7, 1, "news");
  CAF_REQUIRE_EQUAL(commands.size(), 1u);
  CAF_CHECK(commands[0].type == command_type::subscribe);
  CAF_CHECK_EQUAL(commands[0].identifier, *fly::identifier_of("news"));
  uut.confirm(commands[0].tag + 1, *this);
  CAF_CHECK(packets.empty());
  uut.confirm(commands[0].tag, *this);
  CAF_CHECK(last_is(mq::confirm, 7, 1));
  uut.confirm(commands[0].tag, *this);
  CAF_CHECK_EQUAL(packets.size(), 1u);
}

CAF_TEST(an alias and a stream are subscribed once) {
  subscribe(7, 1, "news");
  subscribe(7, 2, "other");
  CAF_CHECK(last_is(mq::reject, 7, 2));
  CAF_CHECK_EQUAL(packets.back().text, "the alias 7 is in use");
  subscribe(8, 3, "news");
  CAF_CHECK(last_is(mq::reject, 8, 3));
  CAF_CHECK_EQUAL(packets.back().text, "already subscribed as alias 7");
  CAF_CHECK_EQUAL(commands.size(), 1u);
}

CAF_TEST(a rejected alias is free and the actor forgets a subscription that was confirmed) {
  subscribe(7, 1, "news");
  uut.reject(commands[0].tag, "no", *this);
  CAF_CHECK(last_is(mq::reject, 7, 1));
  CAF_CHECK_EQUAL(commands.size(), 1u);
  subscribe(7, 2, "news");
  uut.confirm(commands[1].tag, *this);
  CAF_CHECK(uut.transmit(transmission("news", R"("type":"reject_subscription")"), *this) ==
            client_streams::delivery::handled);
  CAF_CHECK(last_is(mq::reject, 7, 2));
  CAF_REQUIRE_EQUAL(commands.size(), 3u);
  CAF_CHECK(commands[2].type == command_type::unsubscribe);
  CAF_CHECK_EQUAL(commands[2].identifier, *fly::identifier_of("news"));
}

CAF_TEST(a client that leaves before the answer gets it and may subscribe anew meanwhile) {
  subscribe(7, 1, "news");
  receive(mq::unsubscribe, 7, 2);
  CAF_REQUIRE_EQUAL(commands.size(), 2u);
  subscribe(7, 3, "news");
  CAF_REQUIRE_EQUAL(commands.size(), 3u);
  uut.confirm(commands[0].tag, *this);
  CAF_CHECK(last_is(mq::confirm, 7, 1));
  uut.settle(commands[2].tag, false, *this);
  CAF_CHECK(last_is(mq::reject, 7, 3));
  receive(mq::unsubscribe, 7, 4);
  CAF_CHECK_EQUAL(malformed_packets, 1);
}

CAF_TEST(an answer of the application goes to the first unanswered subscription) {
  subscribe(7, 1, "news");
  receive(mq::unsubscribe, 7, 2);
  subscribe(8, 3, "news");
  uut.transmit(transmission("news", R"("type":"confirm_subscription")"), *this);
  CAF_CHECK(last_is(mq::confirm, 7, 1));
  uut.transmit(transmission("news", R"("type":"confirm_subscription")"), *this);
  CAF_CHECK(last_is(mq::confirm, 8, 3));
}

CAF_TEST(messages carry the alias and too long ones are told) {
  subscribe(7, 1, "news");
  CAF_CHECK(uut.transmit(transmission("news", R"("message":"hi")"), *this) == client_streams::delivery::handled);
  CAF_CHECK(last_is(0, 7, 0));
  CAF_CHECK_EQUAL(packets.back().text, "hi");
  const auto longer = R"("message":")" + std::string(fly::max_buffer + 1, 'x') + '"';
  CAF_CHECK(uut.transmit(transmission("news", longer), *this) == client_streams::delivery::too_long);
  CAF_CHECK(last_is(mq::reject, 7, 0));
  const auto before = packets.size();
  CAF_CHECK(uut.transmit(transmission("other", R"("message":"hi")"), *this) == client_streams::delivery::handled);
  CAF_CHECK(uut.transmit("no JSON", *this) == client_streams::delivery::meaningless);
  CAF_CHECK_EQUAL(packets.size(), before);
}

CAF_TEST(a publication needs a subscription and text) {
  receive(0, 7, 1, "hi");
  CAF_CHECK(last_is(mq::reject, 7, 1));
  CAF_CHECK_EQUAL(malformed_packets, 1);
  subscribe(7, 2, "news");
  receive(0, 7, 3, "{\"a\":1}");
  receive(0, 7, 4, "plain");
  CAF_REQUIRE_EQUAL(commands.size(), 3u);
  CAF_CHECK(commands[1].type == command_type::whisper && commands[1].data_is_json);
  CAF_CHECK(commands[2].type == command_type::whisper && !commands[2].data_is_json);
  receive(0, 7, 5, "\xff");
  CAF_CHECK(last_is(mq::reject, 7, 5));
  receive(mq::compressed, 7, 6, "x");
  CAF_CHECK(last_is(mq::reject, 7, 6));
  CAF_CHECK_EQUAL(commands.size(), 3u);
  receive(mq::subscribe | mq::confirm, 7, 7);
  CAF_CHECK_EQUAL(malformed_packets, 4);
}

CAF_TEST_FIXTURE_SCOPE_END()
