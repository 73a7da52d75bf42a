// Labels: hardened
#define CAF_SUITE shared_session_ends
// Sessions that nodes share: where they are while the vault is away, and how they end.
#include <string>
#include <vector>

#include "actors/sessions/shared_sessions.hpp"
// last
#include "tests/actors/sessions/shared_sessions_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(shared_session_ends_tests, shared_sessions_fixture)

// -- without the vault ---

CAF_TEST(while the vault is away sessions are here and go to it later) {
  const auto who = enters("s1");
  vault->up = false;
  leaves(who);
  CAF_CHECK_EQUAL(kept(), 1u);
  pass(20s);
  vault->questions();
  vault_is_up();
  CAF_CHECK_EQUAL(vault->questions(), texts{"keep s1"});
  CAF_CHECK(vault->kept_for == 40s);
  CAF_CHECK_EQUAL(kept(), 0u);
  CAF_CHECK_EQUAL(told(), texts{});
}

CAF_TEST(what the vault does not take in time ends here and is settled later) {
  const auto who = enters("s1");
  vault->up = false;
  leaves(who);
  vault->questions();
  pass(60s);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  answers_disconnect();
  vault_is_up();
  CAF_CHECK_EQUAL(vault->questions(), texts{"settle s1"});
}

CAF_TEST(a session whose answer was lost is repeated) {
  const auto who = enters("s1");
  vault->questions();
  vault->holds = true;
  leaves(who);
  vault->fail_all(redis_failure::no_answer);
  consume_messages();
  CAF_CHECK_EQUAL(kept(), 1u);
  vault->holds = false;
  pass(1s);
  CAF_CHECK_EQUAL(vault->questions(), (texts{"keep s1", "repeat s1"}));
  CAF_CHECK_EQUAL(kept(), 0u);
}

CAF_TEST(sessions that wait for the vault are bounded) {
  std::vector<client> all;
  for (const auto* sid : {"s1", "s2", "s3", "s4"})
    all.push_back(enters(sid));
  vault->up = false;
  for (const auto& each : all)
    leaves(each);
  CAF_CHECK_EQUAL(kept(), 3u);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_dropped), 1u);
}

CAF_TEST(a full vault is not given more) {
  const auto who = enters("s1");
  vault->questions();
  vault->full = true;
  leaves(who);
  CAF_CHECK_EQUAL(vault->questions(), texts{});
  CAF_CHECK_EQUAL(kept(), 1u);
  vault->full = false;
  pass(1s);
  CAF_CHECK_EQUAL(vault->questions(), texts{"keep s1"});
}

CAF_TEST(a session that is too large ends with its connection) {
  const auto who = enters("s1");
  joins(who, R"({"channel":")" + std::string(70'000, 'x') + R"("})");
  leaves(who);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_dropped), 1u);
}

// -- ends ---

CAF_TEST(the application is told of sessions that are due and then the vault) {
  leaves(enters("s1"));
  vault->let_run_out("s1");
  vault_is_up();
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_expired), 1u);
  pass(5s);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  vault->questions();
  answers_disconnect();
  CAF_CHECK_EQUAL(vault->questions(), texts{"settle s1"});
  pass(5s);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
}

CAF_TEST(a remote disconnect ends shared sessions) {
  ability::publish(home(), remote_disconnect{.identifier = "me", .reconnect = true}, scope::here);
  consume_messages();
  CAF_CHECK_EQUAL(vault->questions(), texts{"end me"});
}

CAF_TEST(in a drain a client is closed without a message once its session is held) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  vault->questions();
  vault->holds = true;
  drains(who);
  CAF_CHECK(!who.box->closed);
  CAF_CHECK_EQUAL(vault->questions(), texts{"owe s1"});
  vault->holds = false;
  comes_up_with_questions_answered();
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->code, 1012);
  CAF_CHECK_EQUAL(who.box->closed->text, "");
  CAF_CHECK_EQUAL(vault->questions(), texts{"keep s1"});
  CAF_CHECK_EQUAL(told(), texts{});
  CAF_CHECK_EQUAL(vault->kept.at("s1")->subscriptions.size(), 1u);
}

CAF_TEST(in a drain without another holder a client is told) {
  const auto away = enters("s1");
  vault->up = false;
  drains(away);
  CAF_REQUIRE(away.box->closed);
  CAF_CHECK_EQUAL(away.box->closed->code, 1001);
  vault->up = true;
  const auto base = enters("s2", {.extended = false});
  drains(base);
  CAF_REQUIRE(base.box->closed);
  CAF_CHECK_EQUAL(base.box->closed->code, 1001);
  const auto failed = enters("s3");
  vault->holds = true;
  drains(failed);
  vault->fail_all(redis_failure::out_of_memory);
  consume_messages();
  CAF_REQUIRE(failed.box->closed);
  CAF_CHECK_EQUAL(failed.box->closed->code, 1001);
}

CAF_TEST(when the node stops shared sessions stay and others end) {
  leaves(enters("s1"));
  const auto late = enters("s2");
  ask<sessions_ended>(home().sessions, end_sessions{});
  CAF_CHECK_EQUAL(told(), texts{});
  leaves(late);
  CAF_CHECK(vault->kept.contains("s2"));
  const auto last = enters("s3");
  vault->up = false;
  leaves(last);
  CAF_CHECK_EQUAL(told(), texts{"s3"});
}

CAF_TEST_FIXTURE_SCOPE_END()
