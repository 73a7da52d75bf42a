#define CAF_SUITE interest_settling
// Confirmation of a subscribe once all linked nodes have acknowledged the interest.
#include "actors/broadcast/messages.hpp"
#include "tests/actors/stream/interest_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(interest_settling, interest_fixture)

CAF_TEST(a subscribe is confirmed at once if there is no other node) {
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  CAF_CHECK(is_confirmed(who));
}

CAF_TEST(the first subscribe of a stream is confirmed once all other nodes know of it) {
  const auto links = std::array{open_link(), open_link()};
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  says(first, command_type::subscribe, a);
  consume_messages();
  says(second, command_type::subscribe, a);
  consume_messages();
  settle(links[0]);
  consume_messages();
  CAF_CHECK(!is_confirmed(first));
  CAF_CHECK(!is_confirmed(second));
  settle(links[1]);
  consume_messages();
  CAF_CHECK(is_confirmed(first));
  CAF_CHECK(is_confirmed(second));
}

CAF_TEST(a subscribe of a stream that other nodes know is confirmed at once) {
  const auto link = open_link();
  const auto first = let_in("s1");
  says(first, command_type::subscribe, a);
  consume_messages();
  settle(link);
  consume_messages();
  const auto second = let_in("s2");
  says(second, command_type::subscribe, a);
  consume_messages();
  CAF_CHECK(is_confirmed(second));
}

CAF_TEST(a stream that waits hears nothing of what came before its confirmation) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  publish("a", "1");
  consume_messages();
  settle(link);
  consume_messages();
  publish("a", "2");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(a), message_of("a", "2")}));
}

CAF_TEST(a subscribe does not wait for a link that closes) {
  const auto links = std::array{open_link(), open_link()};
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  settle(links[0]);
  close(links[1], false);
  consume_messages();
  CAF_CHECK(is_confirmed(who));
  CAF_CHECK_EQUAL(links[0].knows(), texts{"a"});
}

CAF_TEST(a stream that came again is not settled by what was said of the earlier one) {
  const auto link = open_link();
  const auto first = let_in("s1");
  says(first, command_type::subscribe, a);
  consume_messages();
  const auto earlier = link.told->news.back();
  settle(link);
  consume_messages();
  says(first, command_type::unsubscribe, a);
  consume_messages();
  const auto second = let_in("s2");
  says(second, command_type::subscribe, a);
  consume_messages();
  caf::anon_send(uut, interest_settled{link.actor, earlier.streams});
  consume_messages();
  CAF_CHECK(!is_confirmed(second));
  settle(link);
  consume_messages();
  CAF_CHECK(is_confirmed(second));
}

CAF_TEST(a client that goes while its subscribe waits leaves no trace once it is settled) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  settle(link);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
  CAF_CHECK_EQUAL(link.knows(), texts{});
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
}

CAF_TEST(a connection that fails while its subscribe waits leaves no trace) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  caf::anon_send_exit(who.actor, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
  CAF_CHECK_EQUAL(link.knows(), texts{});
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
  settle(link);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
}

CAF_TEST(one of two connections that wait fails and the other is confirmed) {
  const auto link = open_link();
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  says(first, command_type::subscribe, a);
  says(second, command_type::subscribe, a);
  consume_messages();
  caf::anon_send_exit(first.actor, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 1u);
  settle(link);
  consume_messages();
  CAF_CHECK(is_confirmed(second));
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(second.box->seen, (texts{confirm_subscription(a), message_of("a", "1")}));
  CAF_CHECK_EQUAL(link.knows(), texts{"a"});
}

CAF_TEST(a client whose directory ends while its subscribe waits is told to come back) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("server_restart", true));
}

CAF_TEST(a client whose stream fails while its subscribe waits is told to come back) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  publish("a", "1");
  expect((broadcasts), from(_).to(uut));
  auto& stream = dynamic_cast<caf::scheduled_actor&>(*sched.jobs.front());
  caf::anon_send_exit(caf::actor_cast<caf::actor>(stream.address()), caf::exit_reason::kill);
  consume_messages();
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(link.knows(), texts{});
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
