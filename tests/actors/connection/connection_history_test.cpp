#define CAF_SUITE connection_history
// Missed messages of streams that all keep logs.
#include "tests/actors/connection/history_fixture.hpp"

using namespace ability;

using nlohmann::json;

CAF_TEST_FIXTURE_SCOPE(memory, history_fixture)

CAF_TEST(data has its position and transient data has none) {
  const auto who = extended("s1");
  follow(who, "a");
  publish_now("a", "1");
  publish_now("a", "2");
  CAF_REQUIRE_EQUAL(who.box->seen.size(), 2u);
  const auto first = position_in(who.box->seen[0]);
  CAF_CHECK_EQUAL(first.offset, 1u);
  CAF_CHECK(position_in(who.box->seen[1]) == (stream_position{first.epoch, 2}));
  CAF_CHECK(json::parse(who.box->seen[0])["stream_id"] == "a");
  who.box->forget();
  ability::publish(*here.lanes.front(),
                   std::vector<broadcast>{{.stream = "a", .data = "3", .data_is_json = true, .transient = true}},
                   scope::here);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{message_of("a", "3")});
  CAF_CHECK_EQUAL(end_of("a").offset, 2u);
}

CAF_TEST(missed messages follow the confirmation and live data follows them) {
  for (int i = 1; i <= 4; ++i)
    publish_now("a", std::to_string(i));
  const auto at = end_of("a");
  const auto who = extended("s1");
  ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, 1}));
  publish_now("a", "5");
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, "2", "3", "4", complete, "5"}));
  CAF_CHECK_EQUAL(answers(history_outcome::answered), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_replayed), 3u);
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), sum(&lane_counters::delivered));
}

CAF_TEST(a client that is up to date on an idle stream is confirmed) {
  publish_now("a", "1");
  const auto at = end_of("a");
  later(120s);
  const auto who = extended("s1");
  ask_for(who, command_type::subscribe, "a", from("a", at));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, complete}));
  publish_now("a", "2");
  CAF_CHECK_EQUAL(position_in(who.box->seen.at(0)).offset, 2u);
}

CAF_TEST(positions that cannot be answered are rejected and nothing is sent) {
  for (int i = 1; i <= 8; ++i)
    publish_now("a", std::to_string(i));
  const auto at = end_of("a");
  const auto other = extended("s0");
  int count = 0;
  const auto outcome = [&](const history_request& what) {
    const auto who = extended("s" + std::to_string(++count));
    ask_for(who, command_type::subscribe, "a", what);
    publish_now("a", "\"live\"");
    return told(who);
  };
  const texts none{confirmed, rejected, "\"live\""};
  CAF_CHECK_EQUAL(outcome(from("a", {at.epoch, 2})).at(1), rejected);
  CAF_CHECK_EQUAL(outcome(from("a", {at.epoch + 1, 8})).at(1), rejected);
  CAF_CHECK_EQUAL(outcome(from("a", {at.epoch, 100})).at(1), rejected);
  CAF_CHECK_EQUAL(outcome({.is_valid = true, .streams = {{"a", std::nullopt}}}).at(1), rejected);
  CAF_CHECK_EQUAL(outcome({}).at(1), rejected);
  CAF_CHECK_EQUAL(answers(history_outcome::too_old), 1u);
  CAF_CHECK_EQUAL(answers(history_outcome::other_epoch), 1u);
  CAF_CHECK_EQUAL(answers(history_outcome::ahead), 1u);
  CAF_CHECK_EQUAL(answers(history_outcome::malformed), 2u);
  // The edge: the oldest one that is kept follows.
  const auto kept = end_of("a").offset - 5;
  CAF_CHECK_EQUAL(outcome(from("a", {at.epoch, kept})).size(), 8u);
}

CAF_TEST(a time is answered unless it is in the future or something since then is gone) {
  const auto who = extended("s1");
  follow(who, "a");
  publish_now("a", "1");
  later(10s);
  publish_now("a", "2");
  who.box->forget();
  const auto outcome = [&](const std::string& sid, std::int64_t time) {
    const auto one = extended(sid);
    ask_for(one, command_type::subscribe, "a", since(time));
    return told(one);
  };
  CAF_CHECK_EQUAL(outcome("s2", today), (texts{confirmed, "1", "2", complete}));
  CAF_CHECK_EQUAL(outcome("s3", today + 5), (texts{confirmed, "2", complete}));
  CAF_CHECK_EQUAL(outcome("s4", today + 100), (texts{confirmed, rejected}));
  CAF_CHECK_EQUAL(outcome("s5", 1), (texts{confirmed, rejected}));
  for (int i = 3; i <= 8; ++i)
    publish_now("a", std::to_string(i));
  CAF_CHECK_EQUAL(outcome("s6", today), (texts{confirmed, rejected}));
}

CAF_TEST(a later request is answered if nothing newer was sent before) {
  for (int i = 1; i <= 3; ++i)
    publish_now("a", std::to_string(i));
  const auto at = end_of("a");
  const auto who = extended("s1");
  follow(who, "a");
  ask_for(who, command_type::history, "a", from("a", {at.epoch, 1}));
  CAF_CHECK_EQUAL(told(who), (texts{"2", "3", complete}));
  ask_for(who, command_type::history, "a", from("a", {at.epoch, 1}));
  CAF_CHECK_EQUAL(told(who), (texts{complete}));
  ask_for(who, command_type::history, "a", from("a", {at.epoch, 0}));
  CAF_CHECK_EQUAL(told(who), (texts{rejected}));
  publish_now("a", "4");
  ask_for(who, command_type::history, "a", from("a", {at.epoch, 1}));
  CAF_CHECK_EQUAL(told(who), (texts{"4", complete}));
  ask_for(who, command_type::history, "b", from("a", at));
  CAF_CHECK_EQUAL(told(who), (texts{rejected}));
  CAF_CHECK_EQUAL(answers(history_outcome::overtaken), 1u);
}

CAF_TEST(streams that are not followed are ignored and a request without streams is confirmed) {
  const auto who = extended("s1");
  ask_for(who, command_type::subscribe, "a", {.is_valid = true, .streams = {{"b", std::nullopt}}});
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, complete}));
  ask_for(who, command_type::history, "a", {.is_valid = true});
  CAF_CHECK_EQUAL(told(who), (texts{complete}));
}

CAF_TEST(a repeated subscribe is answered with history too) {
  publish_now("a", "1");
  const auto at = end_of("a");
  const auto who = extended("s1");
  follow(who, "a");
  ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, 0}));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, "1", complete}));
}

CAF_TEST(missed messages leave out those that the client must not receive) {
  publish_now("a", "1", "s1");
  publish_now("a", "2");
  const auto at = end_of("a");
  const auto who = extended("s1");
  ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, 0}));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, "2", complete}));
}

CAF_TEST(clients that missed the same are sent the same bytes) {
  for (int i = 1; i <= 3; ++i)
    publish_now("a", std::to_string(i), i == 2 ? "s3" : "");
  const auto at = end_of("a");
  const auto comes = [&](const std::string& sid, std::uint64_t offset) {
    const auto who = extended(sid);
    ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, offset}));
    return who;
  };
  const auto first = comes("s1", 1);
  const auto second = comes("s2", 1);
  CAF_CHECK(first.box->pushed == second.box->pushed);
  CAF_CHECK_EQUAL(told(comes("s3", 1)), (texts{confirmed, "3", complete}));  // but for what it must not receive
  CAF_CHECK_EQUAL(told(comes("s4", 0)), (texts{confirmed, "1", "2", "3", complete}));
  CAF_CHECK_EQUAL(told(comes("s5", 2)), (texts{confirmed, "3", complete}));
  const auto other = let_in("s6", 0, &action_cable_json({.deflated = true, .positions = true}));
  ask_for(other, command_type::subscribe, "a", from("a", {at.epoch, 1}));
  CAF_CHECK(other.box->pushed != first.box->pushed);
  publish_now("a", "4");
  CAF_CHECK_EQUAL(told(comes("s7", 1)), (texts{confirmed, "2", "3", "4", complete}));
  CAF_CHECK_EQUAL(sum(&lane_counters::history_replayed), 15u);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(a follower that leaves while it is held leaves nothing behind) {
  publish_now("a", "1");
  const auto at = end_of("a");
  const auto who = extended("s1");
  client_command asks{.type = command_type::subscribe, .identifier = identifier_of("a")};
  asks.history = std::make_shared<const history_request>(from("a", {at.epoch, 0}));
  caf::anon_send(who.actor, client_said{asks});
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  publish_now("a", "2");
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  later(120s);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), sum(&lane_counters::streams_closed));
}

CAF_TEST(an empty log lets its stream end and the position goes on) {
  publish_now("a", "1");
  const auto at = end_of("a");
  CAF_CHECK_EQUAL(sum(&lane_counters::history_logs), 1u);
  later(200s);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_logs), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_bytes), 0u);
  publish_now("a", "2");
  CAF_CHECK(end_of("a") == (stream_position{at.epoch, 2}));
  later(200s);
  later(std::chrono::hours{25});
  publish_now("a", "3");
  CAF_CHECK(end_of("a").epoch != at.epoch);
  CAF_CHECK_EQUAL(end_of("a").offset, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

struct small : history_fixture {
  small()
      : history_fixture{{.broker = history_broker::memory,
                         .bounds = {.limit = 100, .ttl = 600s},
                         .max_bytes = 20'000,
                         .max_replay = 5'000}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(bounds, small)

CAF_TEST(logs that were longest without a publication go first) {
  const std::string large = '"' + std::string(1'000, 'x') + '"';
  for (int stream = 0; stream < 8; ++stream)
    for (int i = 0; i < 4; ++i)
      publish_now("s" + std::to_string(stream), large);
  CAF_CHECK(sum(&lane_counters::history_bytes) <= 26'000);
  CAF_CHECK(sum(&lane_counters::history_evicted) >= 2);
  CAF_CHECK_EQUAL(end_of("s7").offset, 4u);
  const auto last = end_of("s7");
  const auto who = extended("s1");
  ask_for(who, command_type::subscribe, "s7", from("s7", {last.epoch, 3}));
  CAF_CHECK_EQUAL(told(who).size(), 3u);
  ask_for(who, command_type::subscribe, "s0", since(today));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, rejected}));
}

CAF_TEST(streams with nothing to drop are not told to drop it again) {
  const auto who = extended("s1");
  for (int i = 0; i < 40; ++i)
    follow(who, "idle" + std::to_string(i));
  const std::string large = '"' + std::string(1'000, 'x') + '"';
  const auto fill = [&] {
    for (int i = 0; i < 40; ++i)
      publish_now("s" + std::to_string(i % 4), large);
  };
  fill();
  const auto before = sum(&lane_counters::history_evicted);
  fill();
  fill();
  // An eighth of four logs at a time: less than one of each publication.
  CAF_CHECK_LESS_OR_EQUAL(sum(&lane_counters::history_evicted) - before, 80u);
  CAF_CHECK_LESS_OR_EQUAL(sum(&lane_counters::history_bytes), 26'000u);
}

CAF_TEST(missed messages that are more than may wait for a client are rejected) {
  const std::string large = '"' + std::string(1'000, 'x') + '"';
  for (int i = 0; i < 6; ++i)
    publish_now("a", large);
  const auto at = end_of("a");
  const auto who = extended("s1");
  ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, 0}));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, rejected}));
  CAF_CHECK_EQUAL(answers(history_outcome::too_large), 1u);
  ask_for(who, command_type::history, "a", from("a", {at.epoch, 3}));
  CAF_CHECK_EQUAL(told(who).size(), 4u);
}

CAF_TEST(streams that are asked together share the room of their client) {
  const std::string large = '"' + std::string(1'000, 'x') + '"';
  std::vector<stream_position> ends;
  for (const auto* stream : {"a", "b"}) {
    for (int i = 0; i < 4; ++i)
      publish_now(stream, large);
    ends.push_back(end_of(stream));
  }
  const auto who = extended("s1");
  const auto room = std::make_shared<replay_room>(7'000);
  const auto ask_one = [&](const std::string& stream, const stream_position& end) {
    history_request asked{.is_valid = true};
    asked.streams.push_back({stream, stream_position{end.epoch, 0}});
    auto answer = self->request(here.directory_of(stream), caf::infinite,
                                subscribe{stream, "i", &action_cable_json({.positions = true}), who.actor,
                                          std::make_shared<const history_request>(std::move(asked)), room});
    consume_messages();
    std::shared_ptr<const history_answer> made;
    answer.receive([&](const subscribed& news) { made = news.held->answer; },
                   [](const caf::error&) { CAF_FAIL("no answer"); });
    return made;
  };
  const auto first = ask_one("a", ends[0]);
  CAF_CHECK(first->outcome == history_outcome::answered);
  CAF_REQUIRE(first->missed != nullptr);
  const auto second = ask_one("b", ends[1]);
  CAF_CHECK(second->outcome == history_outcome::too_large);
  CAF_CHECK(second->missed == nullptr);
  CAF_CHECK(room->take(2'992));
  CAF_CHECK(!room->take(1));
}

CAF_TEST(missed messages that are more than may wait with those that wait already are rejected) {
  const std::string large = '"' + std::string(1'000, 'x') + '"';
  for (int i = 0; i < 4; ++i)
    publish_now("a", large);
  const auto at = end_of("a");
  const auto who = extended("s1");
  who.box->waiting = 4'000;
  ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, 0}));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, rejected}));
  CAF_CHECK_EQUAL(answers(history_outcome::too_large), 1u);
  const auto other = extended("s2");
  other.box->waiting = 2'000;
  ask_for(other, command_type::subscribe, "a", from("a", {at.epoch, 0}));
  CAF_CHECK_EQUAL(told(other).size(), 6u);
}

CAF_TEST_FIXTURE_SCOPE_END()
