#define CAF_SUITE connection
#include "actors/connection/connection.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

struct fixture : actor_fixture {
  fixture() : actor_fixture{1, {.public_access = true, .streams = {.public_streams = true}, .max_subscriptions = 3}} {}

  const std::string a = identifier_of("a");
  const std::string b = identifier_of("b");
};

struct closed_fixture : actor_fixture {
  closed_fixture() : actor_fixture{1, {.public_access = false}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_handshake, fixture)

CAF_TEST(a client that is let in is welcomed with its sid) {
  const auto who = connect("s1");
  caf::anon_send(who.actor, handshake());
  consume_messages();
  CAF_CHECK(who.box->accepted);
  CAF_CHECK_EQUAL(who.box->seen, texts{welcome_message("s1")});
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), 1u);
}

CAF_TEST(commands that come before the client was let in are dropped and counted) {
  const auto who = connect("s1");
  says(who, command_type::subscribe, a);
  says(who, command_type::ping);
  caf::anon_send(who.actor, handshake());
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{welcome_message("s1")});
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 0u);
}

CAF_TEST(a second handshake changes nothing) {
  const auto who = let_in("s1");
  follow(who, "a");
  caf::anon_send(who.actor, handshake());
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), 1u);
}

CAF_TEST(a client that leaves before it asked to be let in was never counted) {
  const auto who = connect("s1");
  caf::anon_send(who.actor, client_gone{});
  caf::anon_send(who.actor, handshake());
  consume_messages();
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK(!who.box->accepted);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_closed), 0u);
}

CAF_TEST(a connection that nobody refers to any more closes its outbox) {
  const auto box = std::make_shared<fake_session>();
  spawn_connection(*here.lanes.front(), box, "s1");
  consume_messages();
  CAF_CHECK(box->closed);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_refusal, closed_fixture)

CAF_TEST(nobody gets in without public access) {
  const auto who = connect("s1");
  caf::anon_send(who.actor, handshake());
  says(who, command_type::subscribe, identifier_of("a"));
  says(who, command_type::ping);
  consume_messages();
  CAF_CHECK(who.box->refused == refusal::unauthorized);
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_auths), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_closed), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_commands, fixture)

CAF_TEST(a subscription is confirmed and then gets what is broadcast) {
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{confirm_subscription(a)});
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(a), message_of("a", "1")}));
}

CAF_TEST(a client that saw the confirmation misses no later broadcast) {
  const auto who = let_in("s1");
  who.box->on_text = [this](std::string_view) { publish("a", "1"); };
  says(who, command_type::subscribe, a);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(a), message_of("a", "1")}));
}

CAF_TEST(an identifier that names no open stream is rejected and the connection lives on) {
  const auto who = let_in("s1");
  for (const auto& identifier : {R"({"channel":"ChatChannel"})", R"({"channel":"$pubsub"})", "[", "x"}) {
    says(who, command_type::subscribe, identifier);
    consume_messages();
    CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(identifier)});
    who.box->seen.clear();
  }
  CAF_CHECK_EQUAL(who.box->commands_done, 4u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 4u);
  follow(who, "a");
}

CAF_TEST(a duplicate subscribe is confirmed again and changes nothing) {
  const auto who = let_in("s1");
  follow(who, "a");
  says(who, command_type::subscribe, a);
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(a), message_of("a", "1")}));
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 0u);
}

CAF_TEST(two identifiers may follow one stream and each gets its own frame) {
  const auto who = let_in("s1");
  const std::string other = R"({"stream_name":"a","channel":"$pubsub"})";
  follow(who, "a");
  says(who, command_type::subscribe, other);
  consume_messages();
  who.box->seen.clear();
  publish("a", "1");
  consume_messages();
  std::string second;
  append_broadcast(second, other, "1", true);
  std::ranges::sort(who.box->seen);
  CAF_CHECK_EQUAL(who.box->seen, (texts{message_of("a", "1"), second}));
}

CAF_TEST(commands for an unknown identifier are counted and answered by nothing) {
  const auto who = let_in("s1");
  says(who, command_type::unsubscribe, a);
  says(who, command_type::message, a);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 2u);
}

CAF_TEST(a message to a public stream is counted as failed) {
  const auto who = let_in("s1");
  follow(who, "a");
  says(who, command_type::message, a);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 1u);
}

CAF_TEST(a ping is answered by a pong and a pong by nothing) {
  const auto who = let_in("s1");
  says(who, command_type::pong);
  says(who, command_type::ping);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{pong_message()});
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 0u);
}

CAF_TEST(identifiers have a bound together) {
  const auto who = let_in("s1");
  follow(who, std::string(300'000, 'x'));
  const auto too_long = identifier_of(std::string(300'000, 'y'));
  says(who, command_type::subscribe, too_long);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen.back(), reject_subscription(too_long));
  follow(who, std::string(100'000, 'y'));
}

CAF_TEST(one subscription too many is rejected until another one ends) {
  const auto who = let_in("s1");
  for (const auto* stream : {"a", "b", "c"})
    follow(who, stream);
  says(who, command_type::subscribe, identifier_of("d"));
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(identifier_of("d"))});
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 1u);
  says(who, command_type::unsubscribe, a);
  follow(who, "d");
}

CAF_TEST(an unsubscribed stream is heard no more and the others are) {
  const auto who = let_in("s1");
  follow(who, "a");
  follow(who, "b");
  says(who, command_type::unsubscribe, a);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->commands_done, 3u);
  publish("a", "1");
  publish("b", "2");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{message_of("b", "2")});
  CAF_CHECK_EQUAL(sum(&lane_counters::unheard_broadcasts), 1u);
}

CAF_TEST(commands wait for the answer of an earlier one and run in order) {
  const auto who = let_in("s1");
  const auto& directory = here.lanes.front()->directory;
  says(who, command_type::subscribe, a);
  says(who, command_type::ping);
  says(who, command_type::unsubscribe, a);
  says(who, command_type::subscribe, b);
  says(who, command_type::ping);
  for (auto i = 0; i < 5; ++i)
    expect((client_said), from(_).to(who.actor));
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 0u);
  expect((subscribe), from(who.actor).to(directory));
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen,
                  (texts{confirm_subscription(a), pong_message(), confirm_subscription(b), pong_message()}));
  CAF_CHECK_EQUAL(who.box->commands_done, 5u);
}

CAF_TEST(an unsubscribe that comes before the confirmation is kept) {
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  says(who, command_type::unsubscribe, a);
  consume_messages();
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{confirm_subscription(a)});
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_deliveries, fixture)

CAF_TEST(an excluded client is skipped and others are not ) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  follow(first, "a");
  follow(second, "a");
  publish("a", "1");
  publish("a", "2", "s1");
  publish("a", "3", "s2");
  publish("a", "4", "s1");
  publish("a", "5", "s3");
  publish("a", "6", "s1");
  consume_messages();
  CAF_CHECK_EQUAL(first.box->seen, (texts{message_of("a", "1"), message_of("a", "3"), message_of("a", "5")}));
  CAF_CHECK_EQUAL(second.box->seen, (texts{message_of("a", "1"), message_of("a", "2"), message_of("a", "4"),
                                           message_of("a", "5"), message_of("a", "6")}));
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), 12u);
  CAF_CHECK_EQUAL(sum(&lane_counters::delivered), 8u);
  CAF_CHECK_EQUAL(sum(&lane_counters::excluded), 4u);
}

CAF_TEST(a client that is excluded from all there is gets nothing) {
  const auto who = let_in("s1");
  follow(who, "a");
  publish("a", "1", "s1");
  publish("a", "2", "s1");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(who.box->pushed.size(), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::excluded), 2u);
}

CAF_TEST(what is not for this client is handed on without a copy) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  follow(first, "a");
  follow(second, "a");
  publish("a", "1", "s3");
  consume_messages();
  CAF_REQUIRE_EQUAL(first.box->pushed.size(), 1u);
  CAF_REQUIRE_EQUAL(second.box->pushed.size(), 1u);
  CAF_CHECK(first.box->pushed[0] == second.box->pushed[0]);
}

CAF_TEST(a client that does not read holds up no publisher) {
  const auto who = let_in("s1");
  follow(who, "a");
  publish("a", "1");
  CAF_CHECK_EQUAL(here.gate.pending(), 1u);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->pushed.size(), 1u);  // still held by the outbox
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(frames that the outbox does not take are counted as dropped) {
  const auto who = let_in("s1");
  follow(who, "a");
  who.box->has_room = false;
  publish("a", "1");
  publish("a", "2");
  consume_messages();
  CAF_CHECK_EQUAL(sum(&lane_counters::dropped_closed), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::delivered), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
