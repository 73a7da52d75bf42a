#define CAF_SUITE fly_streams
// Subscriptions of the library's client to the streams of a router, with and without positions.
#include <string>
#include <utility>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"
#include "net/fly/peer/peer.hpp"
#include "protocol/fly/positions.hpp"
#include "protocol/fly/stream_request.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;
using ability::stream_position;

namespace {

struct waits_for_confirm final : waiter {
  ending<void> end;
  explicit waits_for_confirm(ending<void> e) : end{std::move(e)} {}
  void done(outcome<payload> reply) override { end(read_reply<void>(reply)); }
  void refuse(remote_error why) override { end(std::move(why)); }
};

constexpr std::uint16_t alias = 7;
constexpr std::uint64_t epoch = 0x0123456789abcdef;

struct fixture : peer_fixture {
  std::shared_ptr<engine> client = make_engine();
  wire to;
  std::shared_ptr<peer> from;
  std::vector<std::string> heard;
  std::vector<std::uint64_t> offsets;  // of those that are heard; 0: none
  std::vector<std::string> rejected;
  int missed = 0;

  fixture() {
    client->on_stream = [this](std::uint16_t, std::string_view data, const std::optional<stream_position>& at) {
      heard.emplace_back(data);
      offsets.push_back(at ? at->offset : 0);
    };
    client->on_reject = [this](std::uint16_t, std::string_view why) { rejected.emplace_back(why); };
    client->on_missed = [this](std::uint16_t) { ++missed; };
  }

  void connect(bool positions, bool datagrams = false) {
    const auto [ours, theirs] = memory_transport::make(io.get_executor());
    to = wire{theirs, {}};
    to.start();
    from = std::make_shared<peer>(client, ours, side::client);
    from->core().start(pending_helo{.helo = {.positions = positions},
                                    .who = std::make_unique<waits_for_confirm>(ending<void>{}),
                                    .datagrams = datagrams});
    put({subtype::helo, helo_option::resp, 0, 0, encode_helo(helo_reply{.positions = positions, .session = "s"})});
    to.got.clear();
  }

  void put(const packet& what) {
    to.put(what);
    settle();
  }

  ending<void> subscribe(std::string stream = "news", stream_start start = {}) {
    ending<void> end;
    from->subscribe(alias, std::move(stream), std::move(start), 10s, std::make_unique<waits_for_confirm>(end));
    settle();
    return end;
  }

  // Answers the latest Subscribe.
  void confirm(std::uint64_t offset, std::uint64_t last, std::optional<bool> completes = {}) {
    const auto text = encode_beginning({.positions = {{{epoch, offset}, last}}, .completes = completes});
    put({subtype::mq, mq_option::confirm, alias, to.got.back().sequence, text});
  }

  void message(std::uint64_t offset, const std::string& data, std::uint8_t options = 0) {
    std::string buffer;
    append_position(buffer, offset == 0 ? std::nullopt : std::optional{stream_position{epoch, offset}});
    put({subtype::mq, options, alias, 0, buffer + data});
  }

  // The position that the latest Subscribe asks for; 0: none.
  std::uint64_t asks() const {
    const auto read = read_stream_request(to.got.back().bytes);
    CAF_REQUIRE(to.got.back().options == mq_option::subscribe && read.has_value() && read->is_wrapped);
    return read->since ? read->since->unnamed.at(0).offset : 0;
  }

  bool has_heard(const std::vector<std::string>& all) const { return heard == all; }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_streams_tests, fixture)

CAF_TEST(without positions a name is asked for and messages come as they are) {
  connect(false);
  const auto end = subscribe();
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  CAF_CHECK_EQUAL(to.got[0].bytes, "news");
  put({subtype::mq, mq_option::confirm, alias, to.got[0].sequence});
  CAF_CHECK(end.ok());
  put({subtype::mq, 0, alias, 0, "hello"});
  put({subtype::mq, mq_option::reject, alias, 0, "too long"});
  CAF_CHECK(has_heard({"hello"}));
  CAF_CHECK_EQUAL(rejected, std::vector<std::string>{"too long"});
  const auto refused = subscribe("other");
  put({subtype::mq, mq_option::reject, alias, to.got[1].sequence, "in use"});
  CAF_CHECK(refused.failed(error_code::forbidden));
}

CAF_TEST(with positions messages come without them and numbers are kept) {
  connect(true);
  const auto end = subscribe();
  CAF_CHECK_EQUAL(asks(), 0u);
  confirm(5, 5);
  CAF_CHECK(end.ok());
  message(6, "six");
  message(0, "a whisper");
  message(7, "for others", mq_option::reject);
  message(8, "eight");
  CAF_CHECK(has_heard({"six", "a whisper", "eight"}));
  CAF_CHECK_EQUAL(offsets, (std::vector<std::uint64_t>{6, 0, 8}));
  CAF_CHECK_EQUAL(rejected, std::vector<std::string>{"for others"});
  CAF_CHECK_EQUAL(missed, 0);
}

CAF_TEST(on another connection a subscription goes on where it was) {
  connect(true);
  subscribe();
  confirm(5, 5);
  message(6, "six");
  connect(true);
  const auto end = subscribe();
  CAF_CHECK_EQUAL(asks(), 6u);
  confirm(6, 7, true);
  CAF_CHECK(end.ok());
  message(7, "seven");
  CAF_CHECK(has_heard({"six", "seven"}));
  CAF_CHECK_EQUAL(missed, 0);
  connect(true);
  subscribe();
  CAF_CHECK_EQUAL(asks(), 7u);
  confirm(20, 20, false);
  CAF_CHECK_EQUAL(missed, 1);
  message(21, "new");
  CAF_CHECK(has_heard({"six", "seven", "new"}));
  connect(true);
  subscribe("another");
  CAF_CHECK_EQUAL(asks(), 0u);
}

CAF_TEST(a subscription begins at a position or a time that is given) {
  connect(true);
  subscribe("news", {.positions = {{epoch, 3}}});
  CAF_CHECK_EQUAL(asks(), 3u);
  confirm(3, 4, true);
  message(4, "four");
  connect(true);
  subscribe();
  CAF_CHECK_EQUAL(asks(), 4u);
  subscribe("news", {.positions = {{epoch, 90}}});
  CAF_CHECK_EQUAL(asks(), 90u);
  confirm(4, 4, false);
  message(5, "five");
  CAF_CHECK_EQUAL(missed, 1);
  CAF_CHECK(has_heard({"four", "five"}));
}

CAF_TEST(a time that is given is asked for until it is answered) {
  connect(true, true);
  const auto asked = [this] { return read_stream_request(to.got.back().bytes)->since->since; };
  subscribe("news", {.time = 1'700'000'000});
  CAF_CHECK(asked() == 1'700'000'000);
  CAF_REQUIRE(run_until([&] { return to.got.size() == 2; }));
  CAF_CHECK(asked() == 1'700'000'000);
  confirm(1, 2, true);
  message(2, "two");
  CAF_CHECK(has_heard({"two"}));
  connect(true, true);
  subscribe();
  CAF_CHECK_EQUAL(asks(), 2u);
}

CAF_TEST(without positions no start can be given) {
  connect(false);
  CAF_CHECK(subscribe("news", {.time = 1}).failed(error_code::forbidden));
  CAF_CHECK(subscribe("news", {.positions = {{epoch, 1}}}).failed(error_code::forbidden));
  CAF_CHECK_EQUAL(to.got.size(), 0u);
}

CAF_TEST(a subscription that was ended begins anew) {
  connect(true);
  subscribe();
  confirm(5, 5);
  CAF_CHECK(from->unsubscribe(alias).has_value());
  settle();
  subscribe();
  CAF_CHECK_EQUAL(asks(), 0u);
}

CAF_TEST(over datagrams what is lost is asked for and comes in order) {
  connect(true, true);
  subscribe();
  confirm(0, 0);
  message(1, "one");
  const auto before = to.got.size();
  message(3, "three");
  message(4, "four");
  CAF_REQUIRE_EQUAL(to.got.size(), before + 1);
  CAF_CHECK_EQUAL(asks(), 1u);
  CAF_CHECK(has_heard({"one"}));
  confirm(0, 4, true);
  for (const auto* each : {"2two", "3three", "4four"})
    message(static_cast<std::uint64_t>(each[0] - '0'), each + 1);
  message(3, "three");
  CAF_CHECK(has_heard({"one", "two", "three", "four"}));
  CAF_CHECK_EQUAL(missed, 0);
}

CAF_TEST(over datagrams a Subscribe is repeated until it is answered and what is last is checked) {
  connect(true, true);
  const auto end = subscribe();
  const auto sequence = to.got.back().sequence;
  CAF_REQUIRE(run_until([&] { return to.got.size() == 2; }));
  CAF_CHECK_EQUAL(to.got.back().sequence, sequence);
  message(1, "lost for a client that does not know where it begins");
  confirm(0, 1);
  CAF_CHECK(end.ok());
  CAF_CHECK(has_heard({}));
  CAF_REQUIRE(run_until([&] { return to.got.size() == 3; }));
  confirm(0, 1, true);
  message(1, "one");
  CAF_CHECK(has_heard({"one"}));
  CAF_REQUIRE(run_until([&] { return to.got.size() == 4; }));
  CAF_CHECK_EQUAL(asks(), 1u);
  confirm(0, 1, true);
  run_for(1'200ms);
  CAF_CHECK_EQUAL(to.got.size(), 4u);
}

CAF_TEST(over a stream a gap is told and the client goes on) {
  connect(true);
  subscribe();
  confirm(0, 0);
  message(2, "two");
  message(3, "three");
  CAF_CHECK(has_heard({"two", "three"}));
  CAF_CHECK_EQUAL(missed, 1);
}

CAF_TEST(a message that is too short for a position is ignored) {
  connect(true);
  subscribe();
  confirm(0, 0);
  put({subtype::mq, 0, alias, 0, "short"});
  CAF_CHECK(has_heard({}));
  CAF_CHECK_EQUAL(client->stats.ignored.load(), 1u);
}

CAF_TEST(a router without positions is understood) {
  const auto [ours, theirs] = memory_transport::make(io.get_executor());
  to = wire{theirs, {}};
  to.start();
  from = std::make_shared<peer>(client, ours, side::client);
  from->core().start(
      pending_helo{.helo = {.positions = true}, .who = std::make_unique<waits_for_confirm>(ending<void>{})});
  put({subtype::helo, helo_option::resp, 0, 0, encode_helo(helo_reply{.session = "s"})});
  to.got.clear();
  subscribe();
  CAF_CHECK_EQUAL(to.got.back().bytes, "news");
  put({subtype::mq, 0, alias, 0, "hello"});
  CAF_CHECK(has_heard({"hello"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
