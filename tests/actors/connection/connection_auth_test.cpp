// Labels: hardened
#define CAF_SUITE connection_auth
// Admission of clients by the application, by a token, or by neither.
#include <chrono>

#include "actors/connection/connection.hpp"

#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;

namespace {

struct fixture : connection_fixture {
  fixture() : connection_fixture{{.streams = {.public_streams = true}, .max_subscriptions = 3}} {}
};

struct narrow_fixture : connection_fixture {
  narrow_fixture() : connection_fixture{{.app = {.concurrency = 1}}} {}
};

// Unix time in seconds, `time` after the start of a test, whose clock stands still.
std::int64_t in(std::chrono::seconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>((first_day + time).time_since_epoch()).count();
}

struct token_fixture : connection_fixture {
  token_fixture() : connection_fixture{{.tokens = keys()}} {}
};

struct token_only_fixture : connection_fixture {
  token_only_fixture() : connection_fixture{{.public_access = true, .tokens = keys(), .token_required = true}} {}
};

struct without_keys_fixture : connection_fixture {
  without_keys_fixture() : connection_fixture{{.public_access = true, .token_required = true}} {}
};

struct token_or_public_fixture : connection_fixture {
  token_or_public_fixture() : connection_fixture{{.public_access = true, .tokens = keys()}} {}
};

// No application.
struct token_without_application : actor_fixture {
  token_without_application() : actor_fixture{1, {.tokens = keys()}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_application_connect, fixture)

CAF_TEST(the application is asked before the client is let in) {
  const auto who = come("s1");
  CAF_REQUIRE_EQUAL(transport->made.size(), 1u);
  CAF_CHECK(asked().method == rpc_method::connect);
  CAF_CHECK_EQUAL(asked().sid, "s1");
  CAF_CHECK_EQUAL(asked().env.url, "http://localhost/cable");
  CAF_CHECK_EQUAL(asked().env.headers, (text_map{{"cookie", "a=b"}}));
  CAF_CHECK_EQUAL(asked().env.connection_state, text_map{});
  CAF_CHECK_EQUAL(asked().env.subscription_state, text_map{});
  CAF_CHECK_EQUAL(asked().identity, "");
  CAF_CHECK_EQUAL(asked().command, "");
  CAF_CHECK(!who.box->accepted);
  CAF_CHECK(!who.box->is_over());
}

CAF_TEST(a client that the application lets in reads what that transmits and nothing else) {
  const auto who = come("s1");
  answer(rpc_reply{.status = rpc_status::success, .identity = "me", .transmissions = {"first", "second"}});
  CAF_CHECK(who.box->accepted);
  CAF_CHECK_EQUAL(who.box->seen, (texts{"first", "second"}));
  CAF_CHECK(!who.box->expires);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_auths), 0u);
}

CAF_TEST(the identity is what the application says) {
  const auto who = welcome("s1", {.status = rpc_status::success, .identity = R"({"user":"1"})"});
  does(who, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(asked().identity, R"({"user":"1"})");
  ability::publish(*here.lanes.front(), remote_disconnect{R"({"user":"1"})", false}, scope::here);
  consume_messages();
  CAF_CHECK(who.box->closed);
}

CAF_TEST(a client without an identity is known by its session) {
  const auto who = welcome("s1", success());
  does(who, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(asked().identity, R"({"sid":"s1"})");
}

CAF_TEST(a client that the application turns away reads what that transmits) {
  const auto who = come("s1");
  answer(rpc_reply{.status = rpc_status::failure, .identity = "me", .transmissions = {"go away"}});
  CAF_CHECK(who.box->refused == refusal::unauthorized);
  CAF_CHECK_EQUAL(who.box->seen, texts{"go away"});
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_auths), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), 0u);
  CAF_CHECK_EQUAL(disconnects().size(), 0u);
}

CAF_TEST(an application that fails lets nobody in) {
  const auto who = come("s1");
  answer(rpc_reply{.status = rpc_status::error, .transmissions = {"no"}, .error_message = "boom"});
  CAF_CHECK(who.box->refused == refusal::unavailable);
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_auths), 1u);
}

CAF_TEST(an application that cannot be asked lets nobody in) {
  for (const auto why : failures) {
    const auto who = come("s1");
    answer(why);
    CAF_CHECK(who.box->refused == refusal::unavailable);
    CAF_CHECK_EQUAL(who.box->seen, texts{});
    CAF_CHECK(!is_alive(who.actor));
  }
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_auths), failures.size());
  CAF_CHECK_EQUAL(disconnects().size(), 0u);
}

CAF_TEST(without the app server nobody gets in and nobody waits) {
  caf::anon_send_exit(here.app_server, caf::exit_reason::kill);
  consume_messages();
  const auto who = come("s1");
  CAF_CHECK(who.box->refused == refusal::unavailable);
}

CAF_TEST(commands that come while the application thinks are dropped) {
  const auto who = come("s1");
  does(who, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
  CAF_CHECK_EQUAL(failed(), 1u);
  answer(success());
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
  CAF_CHECK_EQUAL(who.box->seen, texts{});
}

CAF_TEST(the application hears that a client whom it lets in has left meanwhile) {
  const auto who = come("s1");
  leaves(who);
  leaves(who);
  CAF_CHECK_EQUAL(sum(&lane_counters::entering), 1u);
  answer(rpc_reply{
      .status = rpc_status::success, .identity = "me", .transmissions = {"hello"}, .connection_state = {{"k", "v"}}});
  CAF_CHECK(!who.box->accepted);
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(sum(&lane_counters::entering), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_closed), 0u);
  CAF_REQUIRE_EQUAL(transport->made.size(), 2u);
  CAF_CHECK(asked().method == rpc_method::disconnect);
  CAF_CHECK_EQUAL(asked().sid, "s1");
  CAF_CHECK_EQUAL(asked().identity, "me");
  CAF_CHECK_EQUAL(asked().env.connection_state, (text_map{{"k", "v"}}));
}

CAF_TEST(a refusal for a client that left meanwhile changes nothing) {
  for (const auto status : {rpc_status::failure, rpc_status::error}) {
    const auto who = come("s1");
    leaves(who);
    transport->made.clear();
    answer(rpc_reply{.status = status});
    CAF_CHECK_EQUAL(who.box->seen, texts{});
    CAF_CHECK(transport->made.empty());
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_queue, narrow_fixture)

CAF_TEST(for a client that left before its turn the application is not asked) {
  const auto first = come("s1");
  const auto second = come("s2");
  leaves(second);
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), texts{"s1"});
  CAF_CHECK_EQUAL(here.app_counters.cancelled.get(), 1u);
}

CAF_TEST(while the application hangs broadcasts go on) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  const auto stuck = come("s2");
  does(who, command_type::message, chat, "x");
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(chat, "1")});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_token, token_fixture)

CAF_TEST(a client with a token is let in and nobody is asked) {
  const auto expires = in(1h);
  const auto who = come("s1", token(expires));
  CAF_CHECK(who.box->accepted);
  CAF_CHECK_EQUAL(who.box->seen, texts{welcome_message("s1")});
  CAF_CHECK(who.box->expires == std::chrono::system_clock::time_point{std::chrono::seconds{expires} + 10s});
  CAF_CHECK_EQUAL(transport->made.size(), 0u);
  ability::publish(*here.lanes.front(), remote_disconnect{"me", false}, scope::here);
  consume_messages();
  CAF_CHECK(who.box->closed);
}

CAF_TEST(a token that has expired by a clock that is ahead lets its client in) {
  CAF_CHECK(come("s1", token(in(-5s))).box->accepted);
}

CAF_TEST(a token for ever never expires) {
  const auto who = come("s1", token());
  CAF_CHECK(who.box->accepted);
  CAF_CHECK(!who.box->expires);
}

CAF_TEST(an expired token is refused as such) {
  const auto who = come("s1", token(in(-11s)));
  CAF_CHECK(who.box->refused == refusal::token_expired);
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(transport->made.size(), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_auths), 1u);
}

CAF_TEST(a token of another secret or none at all is refused) {
  for (const auto& wrong : {token({}, "other"), std::string{"x"}, std::string{"a.b.c"}}) {
    const auto who = come("s1", wrong);
    CAF_CHECK(who.box->refused == refusal::unauthorized);
  }
  CAF_CHECK_EQUAL(transport->made.size(), 0u);
}

CAF_TEST(without a token the application decides) {
  const auto who = come("s1");
  CAF_CHECK(asked().method == rpc_method::connect);
  CAF_CHECK(!who.box->is_over());
}

CAF_TEST(the application hears of a client with a token once it subscribes) {
  const auto quiet = come("s1", token());
  leaves(quiet);
  CAF_CHECK_EQUAL(transport->made.size(), 0u);
  const auto who = come("s2", token());
  does(who, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(asked().identity, "me");
  CAF_CHECK_EQUAL(asked().env.url, "http://localhost/cable");
  answer(confirms(chat));
  leaves(who);
  CAF_REQUIRE_EQUAL(disconnects().size(), 1u);
  CAF_CHECK_EQUAL(disconnect_call(0).sid, "s2");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_token_only, token_only_fixture)

CAF_TEST(where a token is required nobody gets in without) {
  const auto who = come("s1");
  CAF_CHECK(who.box->refused == refusal::unauthorized);
  CAF_CHECK_EQUAL(transport->made.size(), 0u);
  CAF_CHECK(come("s2", token()).box->accepted);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_token_only_without_keys, without_keys_fixture)

CAF_TEST(where a token is required and there is no key nobody gets in at all) {
  CAF_CHECK(come("s1").box->refused == refusal::unauthorized);
  CAF_CHECK(come("s2", token()).box->refused == refusal::unauthorized);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_token_or_public, token_or_public_fixture)

CAF_TEST(where anyone may come in a wrong token is still wrong) {
  CAF_CHECK(come("s1", token({}, "other")).box->refused == refusal::unauthorized);
  const auto who = come("s2");
  CAF_CHECK_EQUAL(who.box->seen, texts{welcome_message("s2")});
  CAF_CHECK_EQUAL(transport->made.size(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_token_without_application, token_without_application)

CAF_TEST(without a token and an application nobody gets in) {
  const auto who = connect("s1");
  caf::anon_send(who.actor, handshake());
  const auto bearer = connect("s2");
  caf::anon_send(bearer.actor, handshake(token()));
  consume_messages();
  CAF_CHECK(who.box->refused == refusal::unauthorized);
  CAF_CHECK(bearer.box->accepted);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_without_keys, fixture)

CAF_TEST(where there are no keys tokens are not looked at) {
  const auto who = come("s1", "x");
  CAF_CHECK(!who.box->is_over());
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
