#define CAF_SUITE client_streams

#include "net/fly_gateway/client_streams.hpp"

#include <string>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "protocol/fly/positions.hpp"
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
  stream_terms on;
  std::vector<sent> packets;
  std::vector<client_command> commands;
  int malformed_packets = 0;

  stream_terms terms() const noexcept override { return on; }
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

// A client whose messages have positions, over a carrier that may lose them.
struct positioned_fixture : fixture {
  positioned_fixture() { on = {.positions = true, .loses_messages = true}; }

  void begin(std::uint32_t tag, std::optional<bool> completes = {}, std::vector<reply::beginning::stream> at = {}) {
    const auto identifier = *fly::identifier_of("news");
    uut.begin({identifier, tag, completes, at}, *this);
  }
};

const std::string unnumbered(fly::position_size, '\0');
const std::string wrapped = R"({"subscribe":"news"})";
const std::string since_seven = R"({"subscribe":"news","since":{"epoch":"0123456789abcdef","offset":7}})";

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

CAF_TEST_FIXTURE_SCOPE(positioned_client_streams_tests, positioned_fixture)

CAF_TEST(a Confirm tells where the client begins) {
  subscribe(7, 1, "news");
  CAF_CHECK(commands.at(0).history == nullptr);
  uut.confirm(commands[0].tag, *this);
  uut.settle(commands[0].tag, true, *this);
  uut.transmit(transmission("news", R"("type":"confirm_subscription")"), *this);
  CAF_CHECK(packets.empty());
  begin(commands[0].tag, {}, {{{1, 5}, 5}});
  CAF_CHECK(last_is(mq::confirm, 7, 1));
  CAF_CHECK_EQUAL(packets.back().text, R"({"positions":[{"epoch":"0000000000000001","offset":5,"last":5}]})");
  begin(commands[0].tag, false, {{{1, 6}, 6}});
  CAF_CHECK_EQUAL(packets.back().text,
                  R"({"positions":[{"epoch":"0000000000000001","offset":6,"last":6}],"history":false})");
}

CAF_TEST(positions without room are left out) {
  on.max_buffer = 100;
  subscribe(7, 1, "news");
  begin(commands.at(0).tag, true, {{{1, 5}, 5}, {{2, 6}, 6}});
  CAF_CHECK_EQUAL(packets.at(0).text, R"({"positions":[],"history":true})");
}

CAF_TEST(a wrapped subscription asks for what was missed) {
  subscribe(7, 1, since_seven);
  CAF_REQUIRE_EQUAL(commands.size(), 1u);
  CAF_CHECK(commands[0].type == command_type::subscribe);
  CAF_CHECK_EQUAL(commands[0].identifier, *fly::identifier_of("news"));
  CAF_REQUIRE(commands[0].history != nullptr);
  CAF_CHECK(commands[0].history->unnamed == (std::vector<stream_position>{{0x0123456789abcdef, 7}}));
  CAF_CHECK(commands[0].history->may_repeat);
  on.loses_messages = false;
  subscribe(8, 2, R"({"subscribe":"other","since":1700000000})");
  CAF_CHECK(commands.at(1).history->since == 1'700'000'000);
  CAF_CHECK(!commands[1].history->may_repeat);
}

CAF_TEST(a wrapped subscription may be repeated) {
  subscribe(7, 1, wrapped);
  subscribe(7, 2, since_seven);
  subscribe(7, 3, wrapped);
  CAF_REQUIRE_EQUAL(commands.size(), 3u);
  CAF_CHECK(commands[0].type == command_type::subscribe && commands[0].history == nullptr);
  CAF_CHECK(commands[1].type == command_type::history && commands[1].history->unnamed.size() == 1);
  CAF_CHECK(commands[2].type == command_type::history && commands[2].history->is_valid);
  begin(commands[0].tag);
  begin(commands[1].tag, true);
  CAF_CHECK(last_is(mq::confirm, 7, 2));
  begin(commands[2].tag, true);
  CAF_CHECK(last_is(mq::confirm, 7, 3));
  subscribe(7, 4, "news");
  CAF_CHECK(last_is(mq::reject, 7, 4));
  subscribe(8, 5, wrapped);
  CAF_CHECK(last_is(mq::reject, 8, 5));
  subscribe(7, 6, R"({"subscribe":"other"})");
  CAF_CHECK(last_is(mq::reject, 7, 6));
  CAF_CHECK_EQUAL(commands.size(), 3u);
}

CAF_TEST(a mistake in a subscription is told and disturbs none) {
  subscribe(7, 1, wrapped);
  begin(commands.at(0).tag);
  for (const auto* bad : {R"({"subscribe":1})", R"({"subscribe":"news","since":"x"})", R"({"subscribe":"news")"}) {
    subscribe(7, 2, bad);
    CAF_CHECK(last_is(mq::reject, 7, 2));
    CAF_CHECK(packets.back().text.starts_with(unnumbered) && packets.back().text.size() > unnumbered.size());
  }
  CAF_CHECK_EQUAL(commands.size(), 1u);
  receive(mq::unsubscribe, 7, 3);
  CAF_CHECK_EQUAL(commands.size(), 2u);
}

CAF_TEST(messages and rejections without a position have zeros) {
  subscribe(7, 1, "news");
  begin(commands.at(0).tag);
  uut.transmit(transmission("news", R"("message":"hi")"), *this);
  CAF_CHECK(last_is(0, 7, 0));
  CAF_CHECK_EQUAL(packets.back().text, unnumbered + "hi");
  for (const std::size_t size : {65'519, 65'520}) {
    const auto text = R"("message":")" + std::string(size, 'x') + '"';
    CAF_CHECK((uut.transmit(transmission("news", text), *this) == client_streams::delivery::too_long) ==
              (size == 65'520));
  }
  CAF_CHECK_EQUAL(packets.back().text, unnumbered + "a message of 65520 bytes is over 65519");
  client_streams::drop({.type = command_type::history, .tag = fly::tag_of(9, 4)}, "no", *this);
  CAF_CHECK(last_is(mq::reject, 9, 4));
  CAF_CHECK_EQUAL(packets.back().text, unnumbered + "no");
}

CAF_TEST(a member of an earlier session for whom there is no room is no packet) {
  client_streams::drop({.type = command_type::join, .identifier = *fly::identifier_of("news")}, "no", *this);
  CAF_CHECK(packets.empty());
}

CAF_TEST(what was missed needs positions) {
  on.positions = false;
  subscribe(7, 1, since_seven);
  CAF_CHECK(last_is(mq::reject, 7, 1));
  CAF_CHECK_EQUAL(packets.back().text, R"("since" needs "positions" in the Helo)");
  subscribe(7, 2, wrapped);
  CAF_REQUIRE_EQUAL(commands.size(), 1u);
  uut.confirm(commands[0].tag, *this);
  CAF_CHECK(last_is(mq::confirm, 7, 2) && packets.back().text.empty());
  subscribe(7, 3, wrapped);
  CAF_CHECK(last_is(mq::reject, 7, 3));
}

CAF_TEST(subscriptions of an earlier session go on under their aliases) {
  const auto news = *fly::identifier_of("news");
  const auto other = *fly::identifier_of("other");
  CAF_CHECK(uut.restore({{news, fly::tag_of(7, 1)}, {other, fly::tag_of(300, 2)}}) ==
            (std::vector<std::uint16_t>{7, 300}));
  subscribe(7, 1, since_seven);
  CAF_REQUIRE_EQUAL(commands.size(), 1u);
  CAF_CHECK(commands[0].type == command_type::history);
  begin(commands[0].tag, true);
  CAF_CHECK(last_is(mq::confirm, 7, 1));
  uut.abandon(300, *this);
  CAF_REQUIRE_EQUAL(commands.size(), 2u);
  CAF_CHECK(commands[1].type == command_type::unsubscribe);
  CAF_CHECK_EQUAL(commands[1].identifier, other);
  subscribe(300, 3, "third");
  CAF_CHECK_EQUAL(commands.size(), 3u);
}

CAF_TEST(a restored subscription that cannot go on is rejected) {
  uut.restore({{*fly::identifier_of("news"), fly::tag_of(7, 1)}});
  subscribe(7, 9, wrapped);
  uut.reject(commands.at(0).tag, "too many", *this);
  CAF_CHECK(last_is(mq::reject, 7, 9));
  CAF_CHECK_EQUAL(commands.size(), 1u);
  subscribe(7, 10, "news");
  CAF_CHECK_EQUAL(commands.size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
