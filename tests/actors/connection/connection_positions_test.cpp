// Labels: hardened
#define CAF_SUITE connection_positions
// Clients that are told by their subscriptions where they are, such as those of FlyRPC with positions.
#include <optional>
#include <string>
#include <utility>

#include "protocol/fly/formats.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/positions.hpp"
#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;

namespace {

constexpr std::uint16_t alias = 7;
constexpr std::uint32_t subscribing = fly::tag_of(alias, 1);
constexpr std::uint32_t asking = fly::tag_of(alias, 2);

history_request behind(std::vector<stream_position> positions, bool may_repeat = false) {
  return {.is_valid = true, .unnamed = std::move(positions), .may_repeat = may_repeat};
}

// Messages that were lost are sent again.
history_request again(std::vector<stream_position> positions = {}) { return behind(std::move(positions), true); }

struct fixture : actor_fixture {
  fixture()
      : actor_fixture{1,
                      {.public_access = true,
                       .streams = {.public_streams = true},
                       .history = {.bounds = {.limit = 5, .ttl = 60s}}}} {}

  client device(const std::string& sid) { return let_in(sid, 0, &fly::websocket_format(true)); }

  void says(const client& who, command_type what, const std::string& stream, std::uint32_t tag,
            std::optional<history_request> history = {}) {
    client_command said{.type = what, .identifier = identifier_of(stream), .tag = tag};
    if (history)
      said.history = std::make_shared<const history_request>(std::move(*history));
    caf::anon_send(who.actor, client_said{std::move(said)});
    consume_messages();
  }

  // A device that follows `stream` with `history`, and what it is told first.
  client follower(const std::string& sid, const std::string& stream, std::optional<history_request> history = {}) {
    auto who = device(sid);
    says(who, command_type::subscribe, stream, subscribing, std::move(history));
    return who;
  }

  void publish_now(const std::string& stream, const std::string& data, const std::string& exclude = {}) {
    publish(stream, data, exclude);
    consume_messages();
  }

  void publish_numbers(const std::string& stream, int first, int last) {
    for (auto n = first; n <= last; ++n)
      publish_now(stream, std::to_string(n));
  }

  // The messages since the last look as OFFSET:DATA, with an R before a Reject.
  static texts numbers(const client& who) {
    texts all;
    for (const auto& payload : std::exchange(who.box->seen, {})) {
      const auto packet = fly::whole_packet(payload);
      if (!packet)
        continue;  // a reply in Action Cable
      const auto parts = fly::split_position(packet->buffer);
      CAF_REQUIRE(packet->command == alias && parts);
      all.push_back((packet->options == 0 ? "" : "R") + std::to_string(parts->at ? parts->at->offset : 0) + ":" +
                    std::string{parts->data});
    }
    return all;
  }

  // The latest `reply::beginning` about one stream as OFFSET-LAST, with + if it completes a request and - if it does
  // not.
  static std::string beginning(const client& who, std::uint32_t tag) {
    CAF_REQUIRE(!who.box->begins.empty());
    const auto [by, completes, streams] = who.box->begins.back();
    who.box->begins.clear();
    CAF_CHECK_EQUAL(by, tag);
    CAF_REQUIRE_EQUAL(streams.size(), 1u);
    return std::to_string(streams[0].at.offset) + "-" + std::to_string(streams[0].last) +
           (!completes   ? ""
            : *completes ? "+"
                         : "-");
  }

  std::uint64_t epoch_of(const std::string& stream) {
    const auto facts = ask<stream_facts>(here.directory_of(stream), describe_stream{stream, 0});
    CAF_REQUIRE(facts.at);
    return facts.at->epoch;
  }

  std::uint64_t answers(history_outcome which) const {
    return here.lanes.front()->counters.history_answers[static_cast<std::size_t>(which)].get();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_positions_tests, fixture)

CAF_TEST(a subscription tells where it begins and each message where it is) {
  const auto first = follower("s1", "a");
  CAF_CHECK_EQUAL(beginning(first, subscribing), "0-0");
  publish_numbers("a", 1, 2);
  CAF_CHECK_EQUAL(numbers(first), (texts{"1:1", "2:2"}));
  const auto second = follower("s2", "a");
  CAF_CHECK_EQUAL(beginning(second, subscribing), "2-2");
  publish_now("a", "3");
  CAF_CHECK_EQUAL(numbers(second), texts{"3:3"});
}

CAF_TEST(a stream without a log has no position) {
  here.lanes.front()->settings.history.rules = {{.pattern = "a", .is_off = true}};
  const auto who = follower("s1", "a");
  CAF_REQUIRE_EQUAL(who.box->begins.size(), 1u);
  CAF_CHECK(who.box->begins[0].streams.empty());
  publish_now("a", "1");
  CAF_CHECK_EQUAL(numbers(who), texts{"0:1"});
}

CAF_TEST(clients without positions are not told) {
  const auto who = let_in("s1", 0, &fly::websocket_format());
  says(who, command_type::subscribe, "a", subscribing);
  CAF_CHECK(who.box->begins.empty());
  CAF_CHECK_EQUAL(sum(&lane_counters::history_logs), 0u);
}

CAF_TEST(what was missed follows where it begins) {
  const auto keeper = follower("s0", "a");
  publish_numbers("a", 1, 4);
  const auto epoch = epoch_of("a");
  const auto who = follower("s1", "a", behind({{epoch, 1}}));
  CAF_CHECK_EQUAL(beginning(who, subscribing), "1-4+");
  publish_now("a", "5");
  CAF_CHECK_EQUAL(numbers(who), (texts{"2:2", "3:3", "4:4", "5:5"}));
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), sum(&lane_counters::delivered));
  CAF_CHECK_EQUAL(answers(history_outcome::answered), 1u);
}

CAF_TEST(a time is answered too) {
  const auto keeper = follower("s0", "a");
  publish_numbers("a", 1, 3);
  const auto who = follower("s1", "a", history_request{.is_valid = true, .since = 2'000'000'000});
  CAF_CHECK_EQUAL(beginning(who, subscribing), "0-3+");
  CAF_CHECK_EQUAL(numbers(who).size(), 3u);
  const auto early = follower("s2", "a", history_request{.is_valid = true, .since = 2'000'000'100});
  CAF_CHECK_EQUAL(beginning(early, subscribing), "3-3-");
  CAF_CHECK_EQUAL(answers(history_outcome::ahead), 1u);
}

CAF_TEST(positions that cannot be answered are told and live data goes on) {
  const auto keeper = follower("s0", "a");
  publish_numbers("a", 1, 8);
  const auto epoch = epoch_of("a");
  int count = 0;
  const auto told = [&](std::vector<stream_position> positions) {
    const auto who = follower("t" + std::to_string(++count), "a", behind(std::move(positions)));
    CAF_CHECK_EQUAL(numbers(who), texts{});
    return beginning(who, subscribing);
  };
  CAF_CHECK_EQUAL(told({{epoch + 1, 8}}), "8-8-");
  CAF_CHECK_EQUAL(told({{epoch, 9}}), "8-8-");
  CAF_CHECK_EQUAL(told({{epoch, ~std::uint64_t{0}}}), "8-8-");
  CAF_CHECK_EQUAL(told({{epoch, 2}}), "8-8-");
  CAF_CHECK_EQUAL(told({{epoch, 7}, {epoch + 1, 3}}), "8-8-");
  CAF_CHECK_EQUAL(answers(history_outcome::other_epoch), 2u);
  CAF_CHECK_EQUAL(answers(history_outcome::ahead), 2u);
  CAF_CHECK_EQUAL(answers(history_outcome::too_old), 1u);
}

CAF_TEST(a stream without a log cannot answer for one that had one) {
  const auto keeper = follower("s0", "a");
  publish_now("a", "1");
  const auto epoch = epoch_of("a");
  here.lanes.front()->settings.history.rules = {{.pattern = "b", .is_off = true}};
  const auto who = follower("s1", "b", behind({{epoch, 1}}));
  CAF_REQUIRE_EQUAL(who.box->begins.size(), 1u);
  CAF_CHECK(who.box->begins[0].completes == false && who.box->begins[0].streams.empty());
}

CAF_TEST(a later request is answered by what was sent before) {
  const auto who = follower("s1", "a");
  publish_numbers("a", 1, 3);
  const auto epoch = epoch_of("a");
  numbers(who);
  who.box->begins.clear();
  for (const std::uint64_t offset : {0, 1, 3}) {
    says(who, command_type::history, "a", asking, behind({{epoch, offset}}));
    CAF_CHECK_EQUAL(beginning(who, asking), "0-3+");
  }
  says(who, command_type::history, "a", asking, behind({}));
  CAF_CHECK_EQUAL(beginning(who, asking), "0-3+");
  CAF_CHECK_EQUAL(numbers(who), texts{});
  says(who, command_type::history, "a", asking, behind({{epoch, 4}}));
  CAF_CHECK_EQUAL(beginning(who, asking), "0-3-");
}

CAF_TEST(what may be lost on its way is sent again) {
  const auto who = follower("s1", "a");
  publish_numbers("a", 1, 4);
  const auto epoch = epoch_of("a");
  CAF_CHECK_EQUAL(numbers(who).size(), 4u);
  says(who, command_type::history, "a", asking, again({{epoch, 2}}));
  CAF_CHECK_EQUAL(beginning(who, asking), "0-4+");
  CAF_CHECK_EQUAL(numbers(who), (texts{"3:3", "4:4"}));
  says(who, command_type::history, "a", asking, again({{epoch, 4}}));
  CAF_CHECK_EQUAL(numbers(who), texts{});
  says(who, command_type::history, "a", asking, again());
  CAF_CHECK_EQUAL(numbers(who), (texts{"1:1", "2:2", "3:3", "4:4"}));
  publish_now("a", "5");
  CAF_CHECK_EQUAL(numbers(who), texts{"5:5"});
}

CAF_TEST(what was lost and is no longer kept is told and the client goes on at the end) {
  const auto who = follower("s1", "a");
  publish_numbers("a", 1, 8);
  const auto epoch = epoch_of("a");
  numbers(who);
  says(who, command_type::history, "a", asking, again({{epoch, 1}}));
  CAF_CHECK_EQUAL(beginning(who, asking), "8-8-");
  CAF_CHECK_EQUAL(numbers(who), texts{});
  publish_now("a", "9");
  CAF_CHECK_EQUAL(numbers(who), texts{"9:9"});
  says(who, command_type::history, "a", asking, again());
  CAF_CHECK_EQUAL(beginning(who, asking), "8-9+");
  CAF_CHECK_EQUAL(numbers(who), texts{"9:9"});
}

CAF_TEST(a request for a subscription that is not there is dropped) {
  const auto who = device("s1");
  says(who, command_type::history, "a", asking, again());
  CAF_CHECK(who.box->begins.empty());
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
}

CAF_TEST(a message that excludes the client leaves its number) {
  const auto who = follower("s1", "a");
  const auto other = follower("s2", "a");
  publish_now("a", "1");
  publish_now("a", "2", "s1");
  publish("a", "3");
  publish("a", "4", "s1");
  consume_messages();
  CAF_CHECK_EQUAL(numbers(who), (texts{"1:1", "R2:a message for others", "3:3", "R4:a message for others"}));
  CAF_CHECK_EQUAL(numbers(other), (texts{"1:1", "2:2", "3:3", "4:4"}));
  says(who, command_type::history, "a", asking, again({{epoch_of("a"), 1}}));
  CAF_CHECK_EQUAL(numbers(who), (texts{"R2:a message for others", "3:3", "R4:a message for others"}));
  CAF_CHECK_EQUAL(sum(&lane_counters::excluded), 4u);
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), sum(&lane_counters::delivered) + sum(&lane_counters::excluded));
}

CAF_TEST(a whisper excludes its sender without a number) {
  const auto who = follower("s1", "a");
  const auto other = follower("s2", "a");
  caf::anon_send(who.actor,
                 client_said{{.type = command_type::whisper, .identifier = identifier_of("a"), .data = "1"}});
  consume_messages();
  CAF_CHECK_EQUAL(numbers(who), texts{});
  CAF_CHECK_EQUAL(numbers(other), texts{"0:1"});
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

const wire_format* const extended = &action_cable_json({.positions = true});

struct channel_fixture : connection_fixture {
  channel_fixture() : connection_fixture{{.history = {.bounds = {.limit = 5, .ttl = 60s}}}} {}

  // A client that the application has accepted, and whose channel follows `a` and `b`.
  client follower(const std::string& sid, const wire_format* format) {
    auto who = connect(sid);
    who.box->takes = format;
    caf::anon_send(who.actor, handshake());
    consume_messages();
    answer(rpc_reply{.status = rpc_status::success, .identity = "me"});
    caf::anon_send(who.actor, client_said{{.type = command_type::subscribe, .identifier = chat, .tag = subscribing}});
    consume_messages();
    answer(confirms(chat, {"a", "b"}));
    return who;
  }

  void asks(const client& who, history_request what) {
    client_command said{.type = command_type::history, .identifier = chat, .tag = asking};
    said.history = std::make_shared<const history_request>(std::move(what));
    caf::anon_send(who.actor, client_said{std::move(said)});
    consume_messages();
  }

  stream_position end_of(const std::string& stream) {
    return *ask<stream_facts>(here.directory_of(stream), describe_stream{stream, 0}).at;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(channel_positions_tests, channel_fixture)

CAF_TEST(each stream of a channel needs a position) {
  const auto who = follower("s1", &fly::websocket_format(true));
  CAF_REQUIRE_EQUAL(who.box->begins.size(), 1u);
  CAF_CHECK_EQUAL(who.box->begins[0].streams.size(), 2u);
  publish("a", "1");
  publish("b", "1");
  consume_messages();
  who.box->forget();
  const auto a = end_of("a");
  const auto b = end_of("b");
  asks(who, again({{a.epoch, 0}}));
  CAF_CHECK(who.box->begins.back().completes == false);
  CAF_CHECK(who.box->pushed.empty());
  asks(who, again({{a.epoch, 0}, {b.epoch, 1}}));
  CAF_CHECK(who.box->begins.back().completes == true);
  CAF_CHECK_EQUAL(who.box->pushed.size(), 1u);
}

// The stream that could answer had noted that the client was sent its answer.
CAF_TEST(a request that was refused as a whole does not count as answered by a part of the streams) {
  const auto keeper = follower("s0", extended);
  for (const auto* data : {"1", "2", "3"})
    publish("a", data);
  consume_messages();
  const auto who = follower("s1", extended);
  who.box->forget();
  const auto a = end_of("a");
  asks(who,
       {.is_valid = true, .streams = {{"a", stream_position{a.epoch, 1}}, {"b", stream_position{a.epoch + 1, 1}}}});
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_history(chat)});
  who.box->forget();
  asks(who, {.is_valid = true, .streams = {{"a", stream_position{a.epoch, 1}}}});
  CAF_REQUIRE_EQUAL(who.box->seen.size(), 3u);
  CAF_CHECK(who.box->seen[0].find(R"("message":2)") != std::string::npos);
  CAF_CHECK(who.box->seen[2].find("confirm_history") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
