#define CAF_SUITE connection_end
// The end of a connection leaves nothing behind, for every cause.
#include "actors/broadcast/messages.hpp"
#include "actors/connection/connection.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

struct fixture : actor_fixture {
  const std::string a = identifier_of("a");

  // Checks that the connection has ended, and that no stream and no registry holds it.
  void check_left(const client& who) {
    CAF_CHECK(!is_alive(who.actor));
    CAF_CHECK(who.box->is_over());
    CAF_CHECK_EQUAL(holders(who.actor), 1u);
    CAF_CHECK_EQUAL(sum(&lane_counters::connections_closed), 1u);
    CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), sum(&lane_counters::streams_opened));
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_end_tests, fixture)

CAF_TEST(a client that is gone leaves its streams and the registry) {
  const auto who = let_in("s1");
  follow(who, "a");
  follow(who, "b");
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  check_left(who);
}

CAF_TEST(a connection that gets an exit message leaves and closes its outbox) {
  const auto who = let_in("s1");
  follow(who, "a");
  caf::anon_send_exit(who.actor, caf::exit_reason::kill);
  consume_messages();
  check_left(who);
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->code, 1011);
}

CAF_TEST(a connection that fails leaves and closes its outbox) {
  const auto who = let_in("s1");
  follow(who, "a");
  who.box->breaks = true;
  publish("a", "1");
  consume_messages();
  check_left(who);
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->code, 1011);
}

CAF_TEST(a client that is told to go gets a farewell and leaves) {
  const auto who = let_in("s1");
  follow(who, "a");
  caf::anon_send(who.actor, disconnect_client{{}, "server_restart", true});
  consume_messages();
  check_left(who);
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("server_restart", true));
  CAF_CHECK_EQUAL(who.box->closed->code, 1001);
  CAF_CHECK_EQUAL(who.box->closed->reason, "server_restart");
}

CAF_TEST(a client that may not come back is told so) {
  const auto who = let_in("s1");
  caf::anon_send(who.actor, disconnect_client{R"({"sid":"s1"})", "remote", false});
  consume_messages();
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("remote", false));
  CAF_CHECK_EQUAL(who.box->closed->code, 1000);
}

CAF_TEST(an order for another identity is ignored) {
  const auto who = let_in("s1");
  caf::anon_send(who.actor, disconnect_client{R"({"sid":"s2"})", "remote", false});
  consume_messages();
  CAF_CHECK(is_alive(who.actor));
  CAF_CHECK(!who.box->closed);
}

CAF_TEST(a connection that ends while its subscription is under way leaves that too) {
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  expect((client_said), from(_).to(who.actor));
  caf::anon_send(who.actor, client_gone{});
  expect((client_gone), from(_).to(who.actor));
  consume_messages();
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 1u);
  check_left(who);
}

CAF_TEST(a connection that only the registry referred to ends with it) {
  auto who = let_in("s1");
  who.actor = nullptr;
  CAF_CHECK(!who.box->closed);
  caf::anon_send_exit(here.lanes.front()->registry, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK(who.box->closed);
  CAF_CHECK_EQUAL(sys.registry().running(), 3u);  // the directory, the sessions actor and the test's own
}

CAF_TEST(a client whose subscription is lost with its stream is told to come back) {
  const auto follower = let_in("s1");
  const auto late = let_in("s2");
  follow(follower, "a");
  publish("a", "1");
  expect((broadcasts), from(_).to(here.lanes.front()->directory));
  auto& stream = sched.next_job<caf::scheduled_actor>();
  CAF_REQUIRE_EQUAL(std::string_view{stream.name()}, "ability.stream");
  caf::anon_send_exit(caf::actor_cast<caf::actor>(stream.address()), caf::exit_reason::kill);
  // The subscribe reaches the stream after its end, and before the directory learns of that.
  says(late, command_type::subscribe, a);
  expect((client_said), from(_).to(late.actor));
  expect((subscribe), from(late.actor).to(here.lanes.front()->directory));
  consume_messages();
  CAF_CHECK(!is_alive(follower.actor));
  CAF_CHECK(!is_alive(late.actor));
  CAF_CHECK_EQUAL(late.box->seen, texts{});
  CAF_REQUIRE(late.box->closed);
  CAF_CHECK_EQUAL(late.box->closed->text, disconnect_message("server_restart", true));
}

CAF_TEST_FIXTURE_SCOPE_END()
