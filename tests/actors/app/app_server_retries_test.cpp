#define CAF_SUITE app_server_retries
#include "tests/actors/app/app_server_fixture.hpp"

using namespace ability;
using namespace ability::app_server_tests;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(app_server_retrying, narrow_fixture)

CAF_TEST(an application that was not reached is called again after a while that doubles) {
  const auto who = ask("s1");
  for (const auto pause : {100ms, 200ms, 400ms, 800ms}) {
    answer(rpc_failure::unavailable);
    CAF_CHECK(tries_again_after(pause));
  }
  CAF_CHECK_EQUAL(who.heard(), "nothing");
  CAF_CHECK_EQUAL(here.app_counters.retries.get(), 4u);
  answer(success());
  CAF_CHECK_EQUAL(who.heard(), "success");
  CAF_CHECK_EQUAL(calls(rpc_method::command, success()), 1u);
  CAF_CHECK_EQUAL(calls(rpc_method::command, rpc_failure::unavailable), 0u);
}

CAF_TEST(an application that has enough is called again soon) {
  const auto who = ask("s1");
  for (const auto pause : {10ms, 20ms, 40ms, 80ms}) {
    answer(rpc_failure::exhausted);
    CAF_CHECK(tries_again_after(pause));
  }
  answer(success());
  CAF_CHECK_EQUAL(who.heard(), "success");
}

CAF_TEST(a message of a client is sent again only if the application has not seen it) {
  const auto lost = ask("s1", rpc_method::command, "message");
  answer(rpc_failure::unavailable);
  CAF_CHECK(tries_again_after(100ms));
  CAF_CHECK_EQUAL(lost.heard(), "nothing");
  answer(rpc_failure::exhausted);
  CAF_CHECK_EQUAL(lost.heard(), "exhausted");
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 2u);
}

CAF_TEST(no other end of a call is followed by another attempt) {
  for (const auto why : {rpc_failure::timed_out, rpc_failure::unauthorized, rpc_failure::invalid, rpc_failure::broken,
                         rpc_failure::refused}) {
    const auto who = ask("s1");
    answer(why);
    CAF_CHECK_EQUAL(who.heard(), name_of(why));
  }
  for (const auto status : {rpc_status::error, rpc_status::failure}) {
    const auto who = ask("s1");
    answer(rpc_reply{.status = status});
    CAF_CHECK_EQUAL(who.heard(), name_of(status));
  }
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 7u);
  CAF_CHECK_EQUAL(here.app_counters.retries.get(), 0u);
}

CAF_TEST(a call that backs off holds up no other) {
  const auto first = ask("s1");
  const auto second = ask("s2");
  answer(rpc_failure::unavailable);
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2"}));
  CAF_CHECK_EQUAL(pending(), 2u);
  answer(success());
  CAF_CHECK_EQUAL(second.heard(), "success");
  CAF_CHECK_EQUAL(pending(), 1u);
}

CAF_TEST(a call that is due again goes before those that wait) {
  const auto first = ask("s1");
  const auto second = ask("s2");
  const auto third = ask("s3");
  answer(rpc_failure::unavailable);
  pass(100ms);
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2"}));
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s1"}));
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s1", "s3"}));
}

CAF_TEST(a call that is forgotten while it backs off is not made again) {
  auto who = ask("s1");
  answer(rpc_failure::unavailable);
  who.question.reset();
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
  CAF_CHECK_EQUAL(here.app_counters.cancelled.get(), 1u);
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(an attempt has its own limit of time) {
  ask("s1");
  CAF_REQUIRE_EQUAL(transport->made.size(), 1u);
  CAF_CHECK(transport->made[0].timeout == 5s);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(app_server_limits, patient_fixture)

CAF_TEST(without a limit of its own an attempt has what is left of the time of the call) {
  const auto who = ask("s1");
  CAF_REQUIRE_EQUAL(transport->made.size(), 1u);
  CAF_CHECK(transport->made[0].timeout == 3s);
}

CAF_TEST(no attempt is made that would begin after the time of the call) {
  const auto who = ask("s1");
  for (const auto pause : {100ms, 200ms, 400ms, 800ms}) {
    answer(rpc_failure::unavailable);
    CAF_CHECK_EQUAL(who.heard(), "nothing");
    CAF_CHECK(tries_again_after(pause));
  }
  answer(rpc_failure::unavailable);  // the next attempt would be due 3.1 s after the first one
  CAF_CHECK_EQUAL(who.heard(), "unavailable");
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 5u);
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(app_server_breaking, narrow_fixture)

CAF_TEST(when most calls fail the next ones fail without being made) {
  lines.clear();
  set_log(keep, log_level::info);
  transport->script = [](const rpc_request&) { return rpc_error{rpc_failure::timed_out, {}}; };
  for (unsigned i = 0; i < circuit_breaker::least_calls; ++i) {
    CAF_CHECK_EQUAL(here.app_counters.breaker_open.get(), 0u);
    CAF_CHECK_EQUAL(ask("s1").heard(), "timed_out");
  }
  CAF_CHECK_EQUAL(here.app_counters.breaker_open.get(), 1u);
  CAF_CHECK_EQUAL(std::ranges::count(lines, "app server breaker state=open"), 1);
  CAF_CHECK_EQUAL(ask("s2").heard(), "refused");
  CAF_CHECK_EQUAL(transport->made.size(), std::size_t{circuit_breaker::least_calls});
  CAF_CHECK_EQUAL(calls(rpc_method::command, rpc_failure::refused), 1u);
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(all who wait are refused when the breaker opens) {
  std::vector<asker> all;
  for (unsigned i = 0; i < circuit_breaker::least_calls + 5; ++i)
    all.push_back(ask("s1"));
  for (unsigned i = 0; i < circuit_breaker::least_calls; ++i)
    answer(rpc_failure::timed_out);
  for (unsigned i = 0; i < circuit_breaker::least_calls; ++i)
    CAF_CHECK_EQUAL(all[i].heard(), "timed_out");
  for (auto i = circuit_breaker::least_calls; i < all.size(); ++i)
    CAF_CHECK_EQUAL(all[i].heard(), "refused");
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(attempts count for the breaker one by one) {
  const auto first = ask("s1");
  const auto second = ask("s2");
  for (unsigned i = 0; i < circuit_breaker::least_calls / 2; ++i) {
    answer(rpc_failure::unavailable);
    answer(rpc_failure::unavailable);
    pass(100ms * (1 << i));
  }
  CAF_CHECK_EQUAL(first.heard(), "refused");
  CAF_CHECK_EQUAL(second.heard(), "refused");
  CAF_CHECK_EQUAL(transport->made.size(), std::size_t{circuit_breaker::least_calls});
}

CAF_TEST(an application that answers whatever it says keeps the breaker closed) {
  const std::vector<rpc_outcome> answers{rpc_reply{}, rpc_reply{.status = rpc_status::failure},
                                         rpc_error{rpc_failure::broken, {}}, rpc_error{rpc_failure::invalid, {}},
                                         rpc_error{rpc_failure::unauthorized, {}}};
  for (const auto& each : answers) {
    transport->script = [&](const rpc_request&) { return each; };
    for (unsigned i = 0; i < 2 * circuit_breaker::least_calls; ++i)
      CAF_CHECK_NOT_EQUAL(ask("s1").heard(), "refused");
  }
  CAF_CHECK_EQUAL(here.app_counters.breaker_open.get(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
