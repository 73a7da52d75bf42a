#define CAF_SUITE connection_effects
// Effects of replies, their order, and the disconnect calls for clients that left.
#include "actors/connection/connection.hpp"

#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;

namespace {

struct fixture : connection_fixture {
  fixture() : connection_fixture{{.streams = {.public_streams = true}, .max_subscriptions = 3}} {}
};

struct always_fixture : connection_fixture {
  always_fixture()
      : connection_fixture{{.public_access = true, .tokens = keys(), .app = {.disconnects = disconnect_mode::always}}} {
  }
};

struct never_fixture : connection_fixture {
  never_fixture() : connection_fixture{{.app = {.disconnects = disconnect_mode::never}}} {}
};

struct token_or_public_fixture : connection_fixture {
  token_or_public_fixture() : connection_fixture{{.public_access = true, .tokens = keys()}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_application_states, fixture)

CAF_TEST(the state of the connection goes along with every call and changes by what answers say) {
  const auto who = welcome("s1", {.status = rpc_status::success, .connection_state = {{"a", "1"}, {"b", "2"}}});
  does(who, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(asked().env.connection_state, (text_map{{"a", "1"}, {"b", "2"}}));
  answer(rpc_reply{.status = rpc_status::success, .connection_state = {{"a", ""}, {"b", "3"}, {"c", "4"}}});
  does(who, command_type::message, chat, "x");
  CAF_CHECK_EQUAL(asked().env.connection_state, (text_map{{"b", "3"}, {"c", "4"}}));
  answer(success());
  does(who, command_type::unsubscribe, chat);
  CAF_CHECK_EQUAL(asked().env.connection_state, (text_map{{"b", "3"}, {"c", "4"}}));
  answer(rpc_reply{.status = rpc_status::success, .connection_state = {{"c", ""}}});
  leaves(who);
  CAF_CHECK_EQUAL(asked().env.connection_state, (text_map{{"b", "3"}}));
}

CAF_TEST(the state of a subscription goes along with its own calls only) {
  const auto who = welcome("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::success, .subscription_state = {{"room", "1"}, {"x", "y"}}});
  does(who, command_type::subscribe, news);
  CAF_CHECK_EQUAL(asked().env.subscription_state, text_map{});
  answer(success());
  does(who, command_type::message, news, "x");
  CAF_CHECK_EQUAL(asked().env.subscription_state, text_map{});
  answer(success());
  does(who, command_type::message, chat, "x");
  CAF_CHECK_EQUAL(asked().env.subscription_state, (text_map{{"room", "1"}, {"x", "y"}}));
  answer(rpc_reply{.status = rpc_status::success, .subscription_state = {{"room", "2"}, {"x", ""}}});
  does(who, command_type::unsubscribe, chat);
  CAF_CHECK_EQUAL(asked().env.subscription_state, (text_map{{"room", "2"}}));
  CAF_CHECK_EQUAL(asked().env.connection_state, text_map{});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_closing, fixture)

CAF_TEST(an answer can end the connection after all else is done) {
  const rpc_reply last{.status = rpc_status::success, .transmissions = {"bye"}, .streams = {"b"}, .disconnect = true};
  for (const auto what : {command_type::subscribe, command_type::message, command_type::unsubscribe}) {
    const auto who = welcome("s1");
    if (what != command_type::subscribe)
      joins(who, chat, {"a"});
    says(who, what, chat, "x");
    says(who, command_type::ping);
    consume_messages();
    answer(last);
    CAF_CHECK_EQUAL(who.box->seen, texts{"bye"});
    CAF_REQUIRE(who.box->closed);
    CAF_CHECK_EQUAL(who.box->closed->text, "");
    CAF_CHECK_EQUAL(who.box->closed->code, 1000);
    CAF_CHECK(!is_alive(who.actor));
  }
  CAF_CHECK_EQUAL(disconnects().size(), 3u);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), sum(&lane_counters::streams_opened));
}

CAF_TEST(a refused subscription can end the connection too) {
  const auto who = welcome("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::failure, .disconnect = true});
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(chat)});
  CAF_CHECK(who.box->closed);
  CAF_CHECK(!is_alive(who.actor));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_order, fixture)

CAF_TEST(commands wait for the answer to an earlier one) {
  const auto who = welcome("s1");
  says(who, command_type::subscribe, chat);
  says(who, command_type::message, chat, "1");
  says(who, command_type::ping);
  says(who, command_type::message, chat, "2");
  says(who, command_type::unsubscribe, chat);
  says(who, command_type::ping);
  consume_messages();
  CAF_CHECK_EQUAL(transport->made.size(), 2u);
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 0u);
  answer(confirms(chat));
  CAF_CHECK_EQUAL(asked().data, "1");
  CAF_CHECK_EQUAL(who.box->seen, texts{confirm_subscription(chat)});
  answer(rpc_failure::timed_out);
  CAF_CHECK_EQUAL(asked().data, "2");
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(chat), pong_message()}));
  CAF_CHECK_EQUAL(who.box->commands_done, 3u);
  answer(success());
  CAF_CHECK_EQUAL(asked().command, "unsubscribe");
  answer(success());
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(chat), pong_message(), pong_message()}));
  CAF_CHECK_EQUAL(who.box->commands_done, 6u);
  CAF_CHECK_EQUAL(transport->most_open, 1u);
}

CAF_TEST(the calls of one client wait for no other) {
  const auto first = welcome("s1");
  const auto second = welcome("s2");
  does(first, command_type::subscribe, chat);
  does(second, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(transport->open(), 2u);
}

CAF_TEST(broadcasts do not wait for an answer) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  does(who, command_type::message, chat, "x");
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(chat, "1")});
}

CAF_TEST(an answer for a client that left meanwhile is followed by nothing) {
  for (const auto what : {command_type::subscribe, command_type::message, command_type::unsubscribe}) {
    const auto who = welcome("s1");
    if (what != command_type::subscribe)
      joins(who, chat);
    does(who, what, chat, "x");
    leaves(who);
    transport->answer(rpc_reply{.status = rpc_status::success, .transmissions = {"late"}, .streams = {"late"}});
    consume_messages();
    CAF_CHECK_EQUAL(who.box->seen, texts{});
    transport->answer_all(success());
    consume_messages();
  }
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 0u);
  CAF_CHECK_EQUAL(disconnects().size(), 3u);
}

CAF_TEST(a client that leaves while its streams are attached leaves them) {
  const auto who = welcome("s1");
  says(who, command_type::subscribe, chat);
  consume_messages();
  transport->answer(confirms(chat, {"a", "b"}));
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), sum(&lane_counters::streams_opened));
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_disconnect, fixture)

CAF_TEST(the application is told who left and what they followed) {
  const auto who = welcome("s1", {.status = rpc_status::success, .identity = "me", .connection_state = {{"c", "1"}}});
  subscribes(
      who, chat,
      rpc_reply{.status = rpc_status::success, .streams = {"a"}, .subscription_state = {{"k", "\"v\""}, {"l", "2"}}});
  joins(who, news);
  follow(who, "public");
  leaves(who);
  CAF_REQUIRE_EQUAL(disconnects().size(), 1u);
  const auto told = disconnect_call(0);
  CAF_CHECK_EQUAL(told.sid, "s1");
  CAF_CHECK_EQUAL(told.identity, "me");
  CAF_CHECK_EQUAL(told.subscriptions, (texts{chat, news, identifier_of("public")}));
  CAF_CHECK_EQUAL(told.env.url, "http://localhost/cable");
  CAF_CHECK_EQUAL(told.env.headers, (text_map{{"cookie", "a=b"}}));
  CAF_CHECK_EQUAL(told.env.connection_state, (text_map{{"c", "1"}}));
  CAF_CHECK_EQUAL(told.env.subscription_state, (text_map{{chat, R"({"k":"\"v\"","l":"2"})"}}));
}

CAF_TEST(it is told once however a connection ends) {
  const auto gone = welcome("s1");
  caf::anon_send(gone.actor, client_gone{});
  leaves(gone);
  const auto closed = welcome("s2", {.status = rpc_status::success, .identity = "other"});
  ability::publish(*here.lanes.front(), remote_disconnect{"other", true}, scope::here);
  leaves(closed);
  const auto killed = welcome("s3");
  caf::anon_send_exit(killed.actor, caf::exit_reason::kill);
  leaves(killed);
  const auto failing = welcome("s4");
  joins(failing, chat, {"a"});
  failing.box->breaks = true;
  publish("a", "1");
  leaves(failing);
  texts sids;
  for (const auto& each : disconnects())
    sids.push_back(each.sid);
  CAF_CHECK_EQUAL(sids, (texts{"s1", "s2", "s3", "s4"}));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_always, always_fixture)

CAF_TEST(always it is told of everyone who was let in) {
  leaves(come("s1", token()));
  leaves(come("s2"));
  leaves(come("s3", "x"));  // was not accepted
  texts sids;
  for (const auto& each : disconnects())
    sids.push_back(each.sid);
  CAF_CHECK_EQUAL(sids, (texts{"s1", "s2"}));
  CAF_CHECK_EQUAL(disconnect_call(1).identity, R"({"sid":"s2"})");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_never, never_fixture)

CAF_TEST(never it is told of nobody) {
  const auto who = welcome("s1");
  joins(who, chat);
  leaves(who);
  CAF_CHECK_EQUAL(disconnects().size(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_automatic, token_or_public_fixture)

CAF_TEST(by itself it is not told of those it never heard of) {
  leaves(come("s1"));
  leaves(come("s2", token()));
  CAF_CHECK_EQUAL(transport->made.size(), 0u);
}

CAF_TEST(by itself it is told of those whose subscription it refused) {
  const auto who = come("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::failure});
  leaves(who);
  CAF_REQUIRE_EQUAL(disconnects().size(), 1u);
  CAF_CHECK_EQUAL(disconnect_call(0).subscriptions, texts{});
}

CAF_TEST_FIXTURE_SCOPE_END()
