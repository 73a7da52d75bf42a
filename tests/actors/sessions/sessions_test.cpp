// Labels: hardened
#define CAF_SUITE sessions
// Records of sessions: their bounds, and their end.
#include "actors/sessions/sessions.hpp"

#include "tests/actors/sessions/sessions_fixture.hpp"

using namespace ability;

namespace {

struct fixture : sessions_fixture {
  fixture() : sessions_fixture{{.sessions = {.ttl = 60s, .max_kept = 3}}} {}

  std::vector<std::string> told() const {
    std::vector<std::string> sids;
    for (const auto& each : disconnects())
      sids.push_back(each.sid);
    return sids;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(sessions_tests, fixture)

CAF_TEST(the application is told of a session that does not come back once its time is over) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  leaves(who);
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(kept(), 1u);
  pass(59s);
  CAF_CHECK_EQUAL(told(), texts{});
  pass(1s);
  CAF_REQUIRE_EQUAL(told(), texts{"s1"});
  CAF_CHECK_EQUAL(disconnect_call(0).subscriptions, texts{chat});
  CAF_CHECK_EQUAL(disconnect_call(0).identity, "me");
  CAF_CHECK_EQUAL(disconnect_call(0).env.connection_state, (text_map{{"a", "1"}}));
  CAF_CHECK_EQUAL(disconnect_call(0).env.headers, (text_map{{"cookie", "s1"}}));
  CAF_CHECK_EQUAL(kept(), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_expired), 1u);
  pass(60s);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
}

CAF_TEST(each session has its own time and one timer serves all) {
  const auto first = enters("s1");
  const auto second = enters("s2");
  leaves(first);
  pass(20s);
  leaves(second);
  pass(40s);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  pass(19s);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  pass(1s);
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2"}));
}

CAF_TEST(the session of a client of the base protocol ends with its connection) {
  const auto who = enters("s1", {.extended = false});
  leaves(who);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  CAF_CHECK_EQUAL(kept(), 0u);
}

CAF_TEST(a session whose client was sent away or wants to leave ends at once) {
  const auto sent = enters("s1");
  caf::anon_send(sent.actor, disconnect_client{{}, "server_restart", true});
  consume_messages();
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  const auto leaving = enters("s2");
  caf::anon_send(leaving.actor, client_gone{"client_gone", false});
  consume_messages();
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2"}));
  const auto finished = enters("s3");
  joins(finished, chat);
  does(finished, command_type::message, chat, "{}");
  answer(rpc_reply{.status = rpc_status::success, .disconnect = true});
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2", "s3"}));
  CAF_CHECK_EQUAL(kept(), 0u);
}

CAF_TEST(a session is kept whichever way its connection fails) {
  const auto killed = enters("s1");
  caf::anon_send_exit(killed.actor, caf::exit_reason::kill);
  const auto slow = enters("s2");
  caf::anon_send(slow.actor, client_gone{"too_slow"});
  const auto failed = enters("s3");
  joins(failed, chat, {"a"});
  failed.box->breaks = true;
  publish("a", "1");
  consume_messages();
  CAF_CHECK(!is_alive(failed.actor));
  CAF_CHECK_EQUAL(kept(), 3u);
  CAF_CHECK_EQUAL(told(), texts{});
}

CAF_TEST(beyond the bound the oldest sessions end and are counted) {
  for (const auto* sid : {"s1", "s2", "s3", "s4", "s5"})
    leaves(enters(sid));
  CAF_CHECK_EQUAL(kept(), 3u);
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2"}));
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_dropped), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_expired), 0u);
  const auto late = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 1u);
}

CAF_TEST(sessions are bounded by their memory) {
  set({.ttl = 60s, .max_kept = 100, .max_bytes = 65'536});
  for (int i = 0; i < 20; ++i) {
    const auto who = enters("s" + std::to_string(i));
    joins(who, R"({"channel":")" + std::string(10'000, 'x') + R"("})");
    leaves(who);
  }
  CAF_CHECK_LESS_OR_EQUAL(sum_of(here, &lane_counters::session_bytes), 65'536u);
  CAF_CHECK_GREATER(kept(), 3u);
  CAF_CHECK_EQUAL(kept() + sum(&lane_counters::sessions_dropped), 20u);
  CAF_CHECK_EQUAL(told().size() + kept(), 20u);
}

CAF_TEST(changed settings count at once for sessions that are kept) {
  for (const auto* sid : {"s1", "s2", "s3"}) {
    leaves(enters(sid));
    pass(1s);
  }
  set({.ttl = 60s, .max_kept = 2});
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  set({.ttl = 10s, .max_kept = 2});
  pass(7s);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  pass(1s);
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2"}));
  const auto open = enters("s4");
  set({.ttl = 0s});
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2", "s3"}));
  leaves(open);
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2", "s3", "s4"}));
}

CAF_TEST(a remote disconnect ends the sessions of its identity) {
  leaves(enters("s1"));
  caf::anon_send(here.lanes.front()->sessions, disconnect_identity{"you", true});
  consume_messages();
  CAF_CHECK_EQUAL(kept(), 1u);
  ability::publish(*here.lanes.front(), remote_disconnect{.identifier = "me", .reconnect = true}, scope::here);
  consume_messages();
  CAF_CHECK_EQUAL(kept(), 0u);
  CAF_CHECK_EQUAL(told(), texts{"s1"});
  comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 1u);
}

CAF_TEST(when the node stops the application is told of all sessions and of those that end later) {
  const auto open = enters("s3");
  leaves(enters("s1"));
  leaves(enters("s2"));
  ask<sessions_ended>(here.lanes.front()->sessions, end_sessions{});
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2"}));
  leaves(open);
  CAF_CHECK_EQUAL(told(), (texts{"s1", "s2", "s3"}));
  CAF_CHECK_EQUAL(kept(), 0u);
}

CAF_TEST(nothing is kept in a cluster) {
  for (const auto& home : here.lanes)
    home->settings.cluster.on = true;
  leaves(enters("s1"));
  CAF_CHECK_EQUAL(told(), texts{"s1"});
}

CAF_TEST_FIXTURE_SCOPE_END()
