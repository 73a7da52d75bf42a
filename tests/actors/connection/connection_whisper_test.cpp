#define CAF_SUITE connection_whisper
// Clients that whisper.
#include "actors/connection/connection.hpp"
#include "protocol/auth/signed_stream.hpp"
#include "tests/actors/support/fake_actors.hpp"

#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;

namespace {

struct fixture : connection_fixture {
  fixture() : connection_fixture{{.streams = {.public_streams = true}, .max_subscriptions = 3}} {}
};

struct bounded_fixture : connection_fixture {
  bounded_fixture() : connection_fixture{{.streams = {.public_streams = true}, .max_pending_broadcasts = 1}} {}
};

struct signed_fixture : actor_fixture {
  explicit signed_fixture(bool whisper = false)
      : actor_fixture{1, {.public_access = true, .streams = {.whisper_signed = whisper, .streams_secret = "key"}}} {}

  const std::string identifier = R"({"channel":"$pubsub","signed_stream_name":")" + sign_stream("a", "key") + R"("})";
};

struct whispering_signed_fixture : signed_fixture {
  whispering_signed_fixture() : signed_fixture{true} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_whisper, fixture)

CAF_TEST(a whisper on a public stream reaches all others) {
  const auto who = welcome("s1");
  const auto other = welcome("s2");
  follow(who, "a");
  follow(other, "a");
  does(who, command_type::whisper, identifier_of("a"), R"({"typing":true})");
  CAF_CHECK_EQUAL(other.box->seen, texts{message_of("a", R"({"typing":true})")});
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(failed(), 0u);
  CAF_CHECK_EQUAL(transport->made.size(), 2u);
}

CAF_TEST(a whisper goes to the stream that the application has set) {
  const auto who = welcome("s1");
  const auto other = welcome("s2");
  subscribes(who, chat,
             rpc_reply{.status = rpc_status::success, .streams = {"a", "b"}, .subscription_state = {{"$w", "b"}}});
  joins(other, news, {"b"});
  who.box->forget();
  does(who, command_type::whisper, chat, "1");
  CAF_CHECK_EQUAL(other.box->seen, texts{message_for(news, "1")});
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(failed(), 0u);
}

CAF_TEST(no whisper goes where the application has set no stream or took it back) {
  const auto who = welcome("s1");
  const auto other = welcome("s2");
  joins(other, chat, {"a"});
  joins(who, chat, {"a"});
  does(who, command_type::whisper, chat, "1");
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .subscription_state = {{"$w", "a"}}});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .subscription_state = {{"$w", ""}}});
  does(who, command_type::whisper, chat, "2");
  does(who, command_type::whisper, news, "3");
  CAF_CHECK_EQUAL(other.box->seen, texts{});
  CAF_CHECK_EQUAL(failed(), 3u);
  CAF_CHECK_EQUAL(who.box->commands_done, 6u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_whisper_bounds, bounded_fixture)

CAF_TEST(a whisper is refused while too many broadcasts are pending) {
  const auto who = welcome("s1");
  follow(who, "a");
  auto slow = std::make_shared<connection_record>();
  caf::anon_send(here.directory_of("a"),
                 subscribe{"a", "i", &action_cable_json(), ends(sys.spawn(fake_connection, slow))});
  publish("a", "1");
  consume_messages();
  who.box->forget();
  CAF_REQUIRE(here.gate.full());
  does(who, command_type::whisper, identifier_of("a"), "2");
  CAF_CHECK_EQUAL(slow->batches.size(), 1u);
  CAF_CHECK_EQUAL(failed(), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::refused_broadcasts), 1u);
  slow->batches.clear();
  does(who, command_type::whisper, identifier_of("a"), "3");
  CAF_CHECK_EQUAL(slow->batches.size(), 1u);
  CAF_CHECK_EQUAL(failed(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_whisper_signed, signed_fixture)

CAF_TEST(nobody whispers on signed streams unless that is allowed) {
  const auto who = let_in("s1");
  const auto other = let_in("s2");
  for (const auto* each : {&who, &other})
    says(*each, command_type::subscribe, identifier);
  consume_messages();
  CAF_REQUIRE_EQUAL(other.box->seen, texts{confirm_subscription(identifier)});
  says(who, command_type::whisper, identifier, "1");
  consume_messages();
  CAF_CHECK_EQUAL(other.box->seen, texts{confirm_subscription(identifier)});
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_whisper_signed_allowed, whispering_signed_fixture)

CAF_TEST(where it is allowed clients whisper on signed streams) {
  const auto who = let_in("s1");
  const auto other = let_in("s2");
  for (const auto* each : {&who, &other})
    says(*each, command_type::subscribe, identifier);
  says(who, command_type::whisper, identifier, "1");
  consume_messages();
  CAF_CHECK_EQUAL(other.box->seen, (texts{confirm_subscription(identifier), message_for(identifier, "1")}));
  CAF_CHECK_EQUAL(who.box->seen, texts{confirm_subscription(identifier)});
}

CAF_TEST_FIXTURE_SCOPE_END()
