#define CAF_SUITE history_on_demand
// Missed messages of streams that keep a log for as long as their clients may come back.
#include "tests/actors/connection/history_fixture.hpp"

using namespace ability;

namespace {

struct automatic : history_fixture {
  automatic() : history_fixture{{.bounds = {.limit = 5, .ttl = 60s}}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(on_demand, automatic)

CAF_TEST(clients without positions keep no log) {
  const auto who = let_in("s1");
  follow(who, "a");
  publish_now("a", "1");
  CAF_CHECK_EQUAL(who.box->seen, texts{message_of("a", "1")});
  CAF_CHECK_EQUAL(sum(&lane_counters::history_logs), 0u);
  who.box->forget();
  ask_for(who, command_type::history, "a", since(today));
  CAF_CHECK_EQUAL(told(who), (texts{rejected}));
  CAF_CHECK_EQUAL(answers(history_outcome::no_log), 1u);
}

CAF_TEST(a stream is logged for as long as its clients may come back) {
  auto who = extended("s1");
  follow(who, "a");
  publish_now("a", "1");
  const auto at = position_in(who.box->seen.at(0));
  goes(who);
  later(30s);
  publish_now("a", "2");
  who = extended("s2");
  ask_for(who, command_type::subscribe, "a", from("a", at));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, "2", complete}));
  goes(who);
  later(61s);
  later(61s);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_logs), 0u);
  who = extended("s3");
  ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, 2}));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, complete}));
  goes(who);
  later(61s);
  later(61s);
  publish_now("a", "not kept");
  who = extended("s4");
  ask_for(who, command_type::subscribe, "a", from("a", {at.epoch, 2}));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, rejected}));
}

CAF_TEST(a publication without a number ends the epoch of a stream that lives on) {
  const auto base = let_in("s0");
  follow(base, "a");
  auto who = extended("s1");
  follow(who, "a");
  publish_now("a", "1");
  const auto at = position_in(who.box->seen.at(0));
  goes(who);
  later(120s);
  publish_now("a", "not kept");
  who = extended("s2");
  ask_for(who, command_type::subscribe, "a", from("a", at));
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, rejected}));
}

CAF_TEST(a client that follows on while an epoch ends gets nothing twice) {
  auto who = extended("s1");
  follow(who, "a");
  publish_now("a", "1");
  publish_now("a", "2");
  const auto base = let_in("s0");
  follow(base, "a");
  goes(who);
  later(120s);
  publish_now("a", "0");
  who = extended("s2");
  follow(who, "a");
  later(2s);
  publish_now("a", "3");
  CAF_CHECK_EQUAL(told(base), (texts{"0", "3"}));
  ask_for(base, command_type::history, "a", since(today + 122));
  CAF_CHECK_EQUAL(told(base), texts{complete});
  publish_now("a", "4");
  ask_for(base, command_type::history, "a", since(today + 122));
  CAF_CHECK_EQUAL(told(base), (texts{"4", complete}));
}

CAF_TEST(a stream that lives for its log alone counts with its actor) {
  const auto counted = [this] { return sum(&lane_counters::history_bytes); };
  const auto who = extended("s1");
  follow(who, "a");
  CAF_CHECK_EQUAL(counted(), 0u);
  publish_now("a", "1");
  CAF_CHECK_GREATER_OR_EQUAL(counted(), 1'024u);
  CAF_CHECK_LESS(counted(), 1'200u);
  const auto log = counted();
  goes(who);
  CAF_CHECK_EQUAL(counted(), log + 2'048u);
}

CAF_TEST(streams that were followed for a moment are bounded without a publication) {
  here.lanes.front()->settings.history.max_bytes = 20'000;
  const auto who = extended("s1");
  for (int i = 0; i < 100; ++i) {
    const auto stream = "s" + std::to_string(i);
    follow(who, stream);
    says(who, command_type::unsubscribe, identifier_of(stream));
    consume_messages();
  }
  CAF_CHECK_LESS_OR_EQUAL(sum(&lane_counters::history_bytes), 23'000u);
}

CAF_TEST(a stream that becomes idle while transient messages come ends) {
  const auto transient = [this] {
    ability::publish(*here.lanes.front(),
                     std::vector<broadcast>{{.stream = "a", .data = "0", .data_is_json = true, .transient = true}},
                     scope::here);
  };
  const auto alive = [this] { return sum(&lane_counters::streams_opened) - sum(&lane_counters::streams_closed); };
  // The message reaches the directory before the word of the idle stream does, at one of these steps.
  for (int steps = 0; steps < 6; ++steps) {
    const auto who = extended("s" + std::to_string(steps));
    follow(who, "a");
    goes(who);
    CAF_REQUIRE_EQUAL(alive(), 1u);
    advance_time(61s);
    for (int i = 0; i < steps && sched.has_job(); ++i)
      sched.run_once();
    transient();
    consume_messages();
    later(61s);
    CAF_CHECK_EQUAL(alive(), 0u);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
