// Labels: hardened
#define CAF_SUITE shared_sessions
// Sessions that nodes share: what this node asks of the vault, and what becomes of its answers.
#include "actors/sessions/shared_sessions.hpp"

#include "tests/actors/support/fake_session_vault.hpp"
// last
#include "tests/actors/sessions/sessions_fixture.hpp"

using namespace ability;

namespace {

struct fixture : sessions_fixture {
  fixture() : sessions_fixture{{.streams = {.public_streams = true}, .sessions = {.ttl = 60s, .max_kept = 3}}} {
    home().vault = vault;
  }

  ~fixture() override { home().vault = nullptr; }

  lane_home& home() { return *here.lanes.front(); }

  texts told() const {
    texts sids;
    for (const auto& each : disconnects())
      sids.push_back(each.sid);
    return sids;
  }

  void answers_disconnect() { answer(rpc_reply{.status = rpc_status::success}); }

  // The vault is there from now on.
  void vault_is_up() {
    vault->up = true;
    caf::anon_send(home().sessions, vault_tick{});
    consume_messages();
  }

  void comes_up_with_questions_answered() {
    vault->answer_all();
    consume_messages();
  }

  void drains(const client& who) {
    caf::anon_send(who.actor, disconnect_client{{}, std::string{disconnect_reason::server_restart}, true});
    consume_messages();
  }

  std::shared_ptr<fake_session_vault> vault = std::make_shared<fake_session_vault>(*here.lanes.front());
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(shared_sessions_tests, fixture)

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

CAF_TEST(sessions are shared in a cluster too) {
  home().settings.cluster.on = true;
  home().settings.history.broker = history_broker::redis;
  leaves(enters("s1"));
  CAF_CHECK(vault->kept.contains("s1"));
}

CAF_TEST_FIXTURE_SCOPE_END()
