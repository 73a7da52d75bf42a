// Labels: hardened
#define CAF_SUITE restore
// Clients that come back to their sessions, and clients that must not.
#include "actors/connection/resumption.hpp"

#include "tests/actors/sessions/sessions_fixture.hpp"

using namespace ability;

namespace {

struct fixture_with_tokens : restore_fixture {
  fixture_with_tokens()
      : restore_fixture{{.tokens = keys(), .streams = {.public_streams = true}, .sessions = {.ttl = 60s}}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(restore_tests, restore_fixture)

CAF_TEST(a client that comes back has its session without a call to the application) {
  leave_behind("s1");
  const auto before = calls_made();
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(calls_made(), before);
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1", {chat})});
  CAF_CHECK_EQUAL(kept(), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::sessions_restored), 1u);
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "a", "1"), (texts{R"("confirm_history")", "1"}));
  CAF_CHECK_EQUAL(data_of(back, "b", "2"), texts{"2"});
}

CAF_TEST(the application goes on where the session was) {
  auto who = enters("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::success, .subscription_state = {{"k", "v"}}});
  leaves(who);
  const auto back = comes("n1", {.back_to = "s1"});
  does(back, command_type::message, chat, "{}");
  CAF_CHECK_EQUAL(asked().sid, "n1");
  CAF_CHECK_EQUAL(asked().identity, "me");
  CAF_CHECK_EQUAL(asked().env.connection_state, (text_map{{"a", "1"}}));
  CAF_CHECK_EQUAL(asked().env.subscription_state, (text_map{{"k", "v"}}));
  CAF_CHECK_EQUAL(asked().env.headers, (text_map{{"cookie", "n1"}}));
  answer(success());
  leaves(back);
  pass(60s);
  CAF_REQUIRE_EQUAL(disconnects().size(), 1u);
  CAF_CHECK_EQUAL(disconnect_call(0).sid, "n1");
  CAF_CHECK_EQUAL(disconnect_call(0).subscriptions, texts{chat});
  CAF_CHECK_EQUAL(disconnect_call(0).env.connection_state, (text_map{{"a", "1"}}));
}

CAF_TEST(a session comes back over the protocol in which it began) {
  leave_behind("s1", {.protocol = "flyrpc"});
  const auto other = comes("n1", {.back_to = "s1", .protocol = "action_cable"});
  CAF_CHECK(!other.box->accepted);
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 1u);
  const auto back = comes("n2", {.back_to = "s1", .protocol = "flyrpc"});
  CAF_CHECK(is_restored(back));
  CAF_CHECK(back.box->restores);
  answer(rpc_reply{.status = rpc_status::success, .identity = "me"});
  CAF_CHECK(other.box->accepted && !other.box->restores);
}

CAF_TEST(a session can come back again and again) {
  leave_behind("s0");
  for (int i = 1; i < 40; ++i) {
    const auto back = comes("s" + std::to_string(i), {.back_to = "s" + std::to_string(i - 1)});
    CAF_REQUIRE(is_restored(back));
    leaves(back);
  }
  CAF_CHECK_EQUAL(disconnects().size(), 0u);
  pass(60s);
  CAF_CHECK_EQUAL(disconnects().size(), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), sum(&lane_counters::connections_closed));
}

CAF_TEST(a session does not get what excludes one of its earlier sids) {
  leave_behind("s1");
  leaves(comes("s2", {.back_to = "s1"}));
  for (const auto* sid : {"s1", "s2", "s3", "s4"})
    publish("a", "\"" + std::string{sid} + " while away\"", sid);
  const auto back = comes("s3", {.back_to = "s2"});
  back.box->forget();
  asks_history(back, chat);
  for (const auto* sid : {"s1", "s2", "s3", "s4"})
    publish("a", "\"" + std::string{sid} + "\"", sid);
  CAF_CHECK_EQUAL(data_of(back, "a", "0"), (texts{R"("s4 while away")", R"("confirm_history")", R"("s4")", "0"}));
}

CAF_TEST(a session without subscriptions comes back) {
  leaves(enters("s1"));
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1")});
}

CAF_TEST(a sid is good for one client) {
  leave_behind("s1");
  const auto first = comes("n1", {.back_to = "s1"});
  CAF_CHECK(is_restored(first));
  leaves(first);
  const auto before = calls_made();
  const auto second = comes("n2", {.back_to = "s1"});
  CAF_CHECK(!second.box->accepted);
  CAF_CHECK_EQUAL(calls_made(), before + 1);
  CAF_CHECK(asked().method == rpc_method::connect);
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 1u);
}

CAF_TEST(of two clients that ask for one session at once one gets it) {
  leave_behind("s1");
  const auto first = asks("n1", {.back_to = "s1"});
  const auto second = asks("n2", {.back_to = "s1"});
  consume_messages();
  CAF_CHECK_EQUAL(first.box->accepted + second.box->accepted, 1);
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 1u);
  CAF_CHECK_EQUAL(asked().sid, first.box->accepted ? "n2" : "n1");
}

CAF_TEST(a sid that is guessed or expired is unknown) {
  leave_behind("s1");
  comes("n1", {.back_to = "s2"});
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 1u);
  pass(60s);
  comes("n2", {.back_to = "s1"});
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 2u);
}

CAF_TEST(a malformed sid is refused without a search) {
  for (const auto& sid : {std::string(65, 'a'), std::string(100'000, 'a'), std::string{"s 1"}, std::string{"s1\0", 3},
                          std::string{"\xff\xfe"}, std::string{"s1'"}, std::string{"../s1"}})
    CAF_CHECK(!is_session_id(sid));
  const auto who = comes("n1", {.back_to = std::string(100'000, 'a')});
  CAF_CHECK_EQUAL(refused(session_refusal::malformed), 1u);
  CAF_CHECK(asked().method == rpc_method::connect);
  answer(rpc_reply{.status = rpc_status::success, .identity = "me"});
  CAF_CHECK(who.box->accepted);
}

CAF_TEST(a client of the base protocol cannot ask for a session) {
  leave_behind("s1");
  const auto before = calls_made();
  comes("n1", {.back_to = "s1", .extended = false});
  CAF_CHECK_EQUAL(calls_made(), before + 1);
  CAF_CHECK_EQUAL(kept(), 1u);
}

CAF_TEST(a page of another origin does not get the session and cannot end it) {
  leave_behind("s1");
  for (const auto* origin : {"http://b.example", ""}) {
    const auto other = comes("n1", {.back_to = "s1", .origin = origin});
    CAF_CHECK(!other.box->accepted);
  }
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 2u);
  CAF_CHECK(is_restored(comes("n2", {.back_to = "s1"})));
}

CAF_TEST(a client without the cookies that a session is bound to does not get it) {
  leave_behind("s1", {.cookies = "a"});
  for (const auto* other : {"", "b"})
    CAF_CHECK(!comes(std::string{"n"} + other, {.back_to = "s1", .cookies = other}).box->accepted);
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 2u);
  const auto back = comes("n1", {.back_to = "s1", .cookies = "a"});
  CAF_CHECK(is_restored(back));
  CAF_CHECK(!comes("n2", {.back_to = "n1", .cookies = "b"}).box->accepted);
  CAF_CHECK(is_alive(back.actor));
  CAF_CHECK(is_restored(comes("n3", {.back_to = "n1", .cookies = "a"})));
}

CAF_TEST(a session that is still open is taken from its connection) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  const auto before = calls_made();
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1", {chat})});
  CAF_CHECK(!is_alive(who.actor));
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, "");
  CAF_CHECK_EQUAL(who.box->closed->code, 1000);
  CAF_CHECK_EQUAL(calls_made(), before);
  CAF_CHECK_EQUAL(kept(), 0u);
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "a", "1"), (texts{R"("confirm_history")", "1"}));
}

CAF_TEST(a session that is open is not taken by another origin) {
  const auto who = enters("s1");
  const auto other = comes("n1", {.back_to = "s1", .origin = "http://b.example"});
  CAF_CHECK(!other.box->accepted);
  CAF_CHECK(is_alive(who.actor));
  CAF_CHECK(!who.box->closed);
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 1u);
}

CAF_TEST(a session whose connection waits for the application comes back with the answer) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  does(who, command_type::message, chat, "{}");
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK(!back.box->accepted);
  answer(rpc_reply{.status = rpc_status::success,
                   .streams = {"b"},
                   .connection_state = {{"a", "2"}},
                   .subscription_state = {{"k", "v"}}});
  CAF_REQUIRE(is_restored(back));
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "b", "1"), (texts{R"("confirm_history")", "1"}));
  does(back, command_type::message, chat, "{}");
  CAF_CHECK_EQUAL(asked().env.connection_state, (text_map{{"a", "2"}}));
  CAF_CHECK_EQUAL(asked().env.subscription_state, (text_map{{"k", "v"}}));
}

CAF_TEST(a client does not wait long for a connection that does not end) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  does(who, command_type::message, chat, "{}");
  const auto back = comes("n1", {.back_to = "s1"});
  pass(sessions_state::surrender_within - 1ms);
  CAF_CHECK_EQUAL(refused(session_refusal::unfinished), 0u);
  pass(1ms);
  CAF_CHECK_EQUAL(refused(session_refusal::unfinished), 1u);
  CAF_CHECK(asked().method == rpc_method::connect);
  CAF_CHECK_EQUAL(asked().sid, "n1");
}

CAF_TEST(a claim that does not fit does not keep the client of the session from it) {
  for (const bool is_open : {true, false}) {
    const std::string sid = is_open ? "s1" : "s2";
    const auto who = enters(sid);
    const auto foreign = asks("f" + sid, {.back_to = sid, .origin = "http://b.example"});
    const auto back = asks("n" + sid, {.back_to = sid});
    if (!is_open)
      caf::anon_send(who.actor, client_gone{});
    consume_messages();
    CAF_CHECK(is_restored(back));
    CAF_CHECK(!foreign.box->accepted);
  }
  CAF_CHECK_EQUAL(refused(session_refusal::unknown), 0u);
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 2u);
}

CAF_TEST(an answer to an earlier search for a session does not end a later one) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  does(who, command_type::message, chat, "{}");
  const auto first = comes("n1", {.back_to = "s1"});
  pass(sessions_state::surrender_within);
  CAF_CHECK_EQUAL(refused(session_refusal::unfinished), 1u);
  const auto second = comes("n2", {.back_to = "s1"});
  caf::anon_send(here.sessions_of("s1"), session_searched{"s1", 1, session_search::foreign});
  consume_messages();
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 0u);
  transport->answer(success(), 0);  // the message, which was asked first
  consume_messages();
  CAF_CHECK(is_restored(second));
}

CAF_TEST(a subscribe that was not confirmed is not restored but named at the end) {
  const auto who = enters("s1");
  does(who, command_type::subscribe, chat);
  const auto back = comes("n1", {.back_to = "s1"});
  answer(confirms(chat, {"a"}));
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1")});
  back.box->forget();
  joins(back, chat, {"a"});
  CAF_CHECK_EQUAL(data_of(back, "a", "1"), texts{"1"});
}

CAF_TEST(a session is not lost when its client is gone before the welcome) {
  here.lanes.front()->settings.history.rules = {{.pattern = "*", .is_off = true}};  // streams are followed before it
  leave_behind("s1");
  const auto before = calls_made();
  bool was_welcomed = false;
  for (int steps = 0; steps < 12; ++steps) {
    const auto who = asks("n" + std::to_string(steps), {.back_to = "s1"});
    for (int step = 0; step < steps && sched.has_job() && who.box->seen.empty(); ++step)
      sched.run_once();
    caf::anon_send(who.actor, client_gone{});
    consume_messages();
    was_welcomed = !who.box->seen.empty();
    if (was_welcomed)
      break;
    CAF_REQUIRE_EQUAL(kept(), 1u);
    CAF_CHECK(!is_alive(who.actor));
  }
  CAF_CHECK(was_welcomed);
  CAF_CHECK_EQUAL(calls_made(), before);
}

CAF_TEST(a session that was given back keeps its end) {
  leave_behind("s1");
  pass(50s);
  auto who = asks("n1", {.back_to = "s1"});
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  CAF_CHECK_EQUAL(kept(), 1u);
  pass(10s);
  CAF_CHECK_EQUAL(kept(), 0u);
  CAF_CHECK_EQUAL(disconnects().size(), 1u);
}

CAF_TEST(commands that come before the welcome wait for it) {
  leave_behind("s1");
  auto who = asks("n1", {.back_to = "s1"});
  while (!who.box->accepted)
    sched.run_once();
  says(who, command_type::ping);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{restored("n1", {chat}), pong_message()}));
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
}

CAF_TEST(a subscription over a limit that was lowered is not restored) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  joins(who, news, {"b", "c"});
  leaves(who);
  here.lanes.front()->settings.max_connection_streams = 1;
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1", {chat})});
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "a", "1"), (texts{R"("confirm_history")", "1"}));
  CAF_CHECK_EQUAL(hears(back, "b", "1"), texts{});
  CAF_CHECK_EQUAL(hears(back, "c", "1"), texts{});
}

CAF_TEST(a remote disconnect reaches a client that came back) {
  leave_behind("s1");
  const auto back = comes("n1", {.back_to = "s1"});
  ability::publish(*here.lanes.front(), remote_disconnect{.identifier = "me", .reconnect = false}, scope::here);
  consume_messages();
  CAF_REQUIRE(back.box->closed);
  CAF_CHECK_EQUAL(back.box->closed->text, disconnect_message("remote", false));
  CAF_CHECK_EQUAL(disconnects().size(), 1u);
  CAF_CHECK_EQUAL(kept(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(restore_with_tokens, fixture_with_tokens)

CAF_TEST(a session admitted by a token comes back with a valid token of the same bearer) {
  auto who = comes("s1", {.token = token()});
  CAF_REQUIRE(who.box->accepted);
  leaves(who);
  const auto without = comes("n1", {.back_to = "s1"});
  CAF_CHECK(!without.box->accepted);
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 1u);
  const auto other = comes("n2", {.back_to = "s1", .token = make_token("you", {}, "s3cret").value()});
  CAF_CHECK_EQUAL(other.box->seen, texts{welcome_message("n2")});
  CAF_CHECK_EQUAL(refused(session_refusal::foreign), 2u);
  const auto expired = comes("n3", {.back_to = "s1", .token = token(1'000)});
  CAF_CHECK(expired.box->refused == refusal::token_expired);
  const auto forged = comes("n4", {.back_to = "s1", .token = token({}, "guess")});
  CAF_CHECK(forged.box->refused == refusal::unauthorized);
  CAF_CHECK_EQUAL(kept(), 1u);
  const auto ends = 2'000'001'000;
  const auto back = comes("n5", {.back_to = "s1", .token = token(ends)});
  CAF_CHECK(is_restored(back));
  CAF_REQUIRE(back.box->expires);
  CAF_CHECK(*back.box->expires >= std::chrono::system_clock::time_point{std::chrono::seconds{ends}});
}

CAF_TEST(a session of another bearer that is open is not disturbed) {
  const auto who = comes("s1", {.token = token()});
  const auto other = comes("n1", {.back_to = "s1", .token = make_token("you", {}, "s3cret").value()});
  CAF_CHECK_EQUAL(other.box->seen, texts{welcome_message("n1")});
  CAF_CHECK(is_alive(who.actor));
  CAF_CHECK(!who.box->closed);
}

CAF_TEST_FIXTURE_SCOPE_END()
