// Labels: hardened
#define CAF_SUITE shared_sessions
// Sessions that nodes share: what this node asks of the vault, and what becomes of its answers.
#include "actors/sessions/shared_sessions.hpp"

#include <algorithm>
#include <memory>

// last
#include "tests/actors/sessions/shared_sessions_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(shared_sessions_tests, shared_sessions_fixture)

// -- open sessions ---

CAF_TEST(a session is registered before its welcome) {
  vault->holds = true;
  const auto who = comes("s1", {});
  answer(rpc_reply{.status = rpc_status::success, .identity = "me", .transmissions = {"welcome"}});
  CAF_CHECK(who.box->accepted);
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(vault->questions(), texts{"owe s1"});
  comes_up_with_questions_answered();
  CAF_CHECK_EQUAL(who.box->seen, texts{"welcome"});
  CAF_CHECK_EQUAL(vault->owed.at("s1")->identity, "me");
  CAF_CHECK(vault->owed.at("s1")->owes_disconnect);
}

CAF_TEST(commands wait until the session is registered) {
  vault->holds = true;
  const auto who = comes("s1", {});
  answer(rpc_reply{.status = rpc_status::success, .identity = "me", .transmissions = {"welcome"}});
  does(who, command_type::subscribe, identifier_of("a"));
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  comes_up_with_questions_answered();
  CAF_CHECK_EQUAL(who.box->seen.front(), "welcome");
  CAF_CHECK_EQUAL(who.box->seen.at(1), confirm_subscription(identifier_of("a")));
}

CAF_TEST(a client that leaves meanwhile is kept) {
  vault->holds = true;
  const auto who = comes("s1", {});
  answer(rpc_reply{.status = rpc_status::success, .identity = "me"});
  leaves(who);
  comes_up_with_questions_answered();
  CAF_CHECK(!is_alive(who.actor));
  comes_up_with_questions_answered();
  CAF_CHECK_EQUAL(vault->questions(), (texts{"owe s1", "keep s1"}));
  CAF_CHECK(vault->kept.contains("s1"));
}

CAF_TEST(without the vault clients are welcome and registered later) {
  vault->up = false;
  const auto who = enters("s1");
  CAF_CHECK_EQUAL(vault->questions(), texts{});
  pass(2s);
  CAF_CHECK_EQUAL(vault->questions(), texts{});
  vault_is_up();
  pass(20s);
  CAF_CHECK_EQUAL(vault->questions(), texts{"owe s1"});
}

CAF_TEST(changes of a session are told together) {
  const auto who = enters("s1");
  vault->questions();
  joins(who, chat, {"a"});
  joins(who, news, {"b"});
  CAF_CHECK_EQUAL(vault->questions(), texts{});
  pass(1s);
  CAF_CHECK_EQUAL(vault->questions(), texts{"owe s1"});
  CAF_CHECK_EQUAL(vault->owed.at("s1")->subscriptions.size(), 2u);
  pass(60s);
  CAF_CHECK_EQUAL(vault->questions(), texts{});
}

CAF_TEST(a session of the base protocol is not registered) {
  const auto who = enters("s1", {.extended = false});
  leaves(who);
  CAF_CHECK_EQUAL(vault->questions(), texts{});
  CAF_CHECK_EQUAL(told(), texts{"s1"});
}

CAF_TEST(a session that ends for good is settled once the application was told) {
  const auto who = enters("s1");
  vault->questions();
  caf::anon_send(who.actor, disconnect_client{{}, "remote", true});
  consume_messages();
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  CAF_CHECK_EQUAL(vault->questions(), texts{});
  answers_disconnect();
  CAF_CHECK_EQUAL(vault->questions(), texts{"settle s1"});
  CAF_CHECK(vault->owed.empty());
}

CAF_TEST(a session is settled later if the vault is away) {
  const auto who = enters("s1");
  vault->up = false;
  vault->questions();
  caf::anon_send(who.actor, disconnect_client{{}, "remote", true});
  consume_messages();
  answers_disconnect();
  CAF_CHECK_EQUAL(vault->questions(), texts{});
  vault_is_up();
  CAF_CHECK_EQUAL(vault->questions(), texts{"settle s1"});
}

CAF_TEST(after a lost lease all sessions are registered again) {
  const auto who = enters("s1");
  vault_is_up();
  CAF_CHECK_EQUAL(vault->questions(), texts{"owe s1"});
  vault->has_lease = false;
  pass(1s);
  CAF_CHECK_EQUAL(vault->questions(), texts{"owe s1"});
  CAF_CHECK_EQUAL(sum(&lane_counters::session_leases_lost), 1u);
}

// -- kept sessions ---

CAF_TEST(a session whose connection ended is in the vault and not here) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  vault->questions();
  leaves(who);
  CAF_CHECK_EQUAL(vault->questions(), texts{"keep s1"});
  CAF_CHECK(vault->kept_for == 60s);
  CAF_CHECK_EQUAL(kept(), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_shared), 1u);
  pass(120s);
  CAF_CHECK_EQUAL(told(), texts{});
}

CAF_TEST(a session comes back from the vault without a call) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  leaves(who);
  const auto calls = transport->made.size();
  vault->questions();
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1", {chat})});
  CAF_CHECK_EQUAL(vault->questions(), (texts{"take s1", "owe n1 for s1"}));
  CAF_CHECK(!vault->owed.contains("s1"));
  CAF_CHECK(vault->owed.contains("n1"));
  CAF_CHECK_EQUAL(transport->made.size(), calls);
}

CAF_TEST(a claim that does not fit is refused by its reason) {
  leaves(enters("s1"));
  comes("n1", {.back_to = "s1", .origin = "http://b.example"});
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 1u);
  comes("n2", {.back_to = "s9"});
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 1u);
  vault->up = false;
  comes("n3", {.back_to = "s1"});
  CAF_CHECK_EQUAL(refused(session_refusal::away), 1u);
}

CAF_TEST(a session that is open at another node is awaited) {
  auto record = std::make_shared<session_record>();
  record->sid = "s1";
  record->identity = "me";
  record->credential.who = "http://a.example";
  vault->elsewhere = {"s1"};
  const auto back = comes("n1", {.back_to = "s1"});
  for (int i = 0; i < 4; ++i)
    pass(50ms);
  CAF_CHECK(!back.box->accepted);
  CAF_CHECK_EQUAL(vault->questions().size(), 5u);
  vault->elsewhere.clear();
  vault->kept["s1"] = record;
  pass(50ms);
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1")});
}

CAF_TEST(that wait has an end) {
  vault->elsewhere = {"s1"};
  comes("n1", {.back_to = "s1"});
  pass(5s);
  CAF_CHECK_EQUAL(refused(session_refusal::unfinished), 1u);
  vault->questions();
  pass(1s);
  CAF_CHECK_EQUAL(vault->questions(), texts{});
}

CAF_TEST(another node gets the session of an open connection) {
  const auto who = enters("s1");
  vault->questions();
  caf::anon_send(home().sessions, session_wanted{"s1"});
  consume_messages();
  CAF_CHECK(who.box->closed);
  CAF_CHECK_EQUAL(vault->questions(), texts{"keep s1"});
  caf::anon_send(home().sessions, session_wanted{"s9"});
  consume_messages();
  CAF_CHECK_EQUAL(vault->questions(), texts{});
}

CAF_TEST(a session that another node has by then is not told of) {
  const auto who = enters("s1");
  vault->gone = {"s1"};
  leaves(who);
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_moved), 1u);
  pass(120s);
  CAF_CHECK_EQUAL(told(), texts{});
  CAF_CHECK_EQUAL(kept(), 0u);
}

CAF_TEST(a taken session that nobody waits for any more is kept again) {
  leaves(enters("s1"));
  vault->holds = true;
  comes("n1", {.back_to = "s1"});
  pass(5s);
  CAF_CHECK_EQUAL(refused(session_refusal::unfinished), 1u);
  comes_up_with_questions_answered();
  vault->holds = false;
  comes_up_with_questions_answered();
  CAF_CHECK(vault->kept.contains("s1"));
}

CAF_TEST(a lost answer to a claim gives the session back) {
  leaves(enters("s1"));
  vault->holds = true;
  comes("n1", {.back_to = "s1"});
  vault->questions();
  vault->holds = false;
  vault->fail_all(redis_failure::no_answer);
  consume_messages();
  CAF_CHECK_EQUAL(refused(session_refusal::away), 1u);
  pass(1s);
  const auto asked = vault->questions();
  CAF_CHECK(std::ranges::find(asked, "release s1") != asked.end());
}

CAF_TEST(sessions are shared in a cluster too) {
  home().settings.cluster.on = true;
  home().settings.history.broker = history_broker::redis;
  leaves(enters("s1"));
  CAF_CHECK(vault->kept.contains("s1"));
}

CAF_TEST_FIXTURE_SCOPE_END()
