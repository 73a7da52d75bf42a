#define CAF_SUITE interest_forwarding
// Publications that are forwarded to a link.
#include "actors/broadcast/messages.hpp"
#include "tests/actors/stream/interest_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(interest_forwarding, interest_fixture)

CAF_TEST(a link gets what its node follows and nothing else) {
  const auto first = open_link({"a", "b"});
  const auto second = open_link({"b", "c"});
  publish_everywhere({"a", "b", "c", "d"}, "1");
  publish_everywhere({"b", "a"}, "2");
  consume_messages();
  CAF_CHECK_EQUAL(first.heard(), (texts{"a1", "b1", "b2", "a2"}));
  CAF_CHECK_EQUAL(second.heard(), (texts{"b1", "c1", "b2"}));
  CAF_CHECK_EQUAL(here.gate.pending(), 5u);  // only the broadcasts that the links keep
}

CAF_TEST(what waits in the mailbox together is forwarded together) {
  const auto link = open_link({"a"});
  for (const auto* each : {"1", "2", "3"})
    publish_everywhere({"a"}, each);
  consume_messages();
  CAF_CHECK_EQUAL(link.told->together, std::vector<std::size_t>{3});
}

CAF_TEST(what every node gets by itself is not forwarded) {
  const auto link = open_link({"a"});
  publish("a", "1");
  consume_messages();
  CAF_CHECK(link.heard().empty());
}

CAF_TEST(a link gets everything until its node has told all that it follows) {
  const auto link = open_link();
  publish_everywhere({"a", "b"}, "1");
  consume_messages();
  caf::anon_send(uut, peer_interest{link.actor, {"a"}, true, false});
  publish_everywhere({"a", "b"}, "2");
  consume_messages();
  caf::anon_send(uut, peer_interest{link.actor, {}, true, true});
  publish_everywhere({"a", "b"}, "3");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), (texts{"a1", "b1", "a2", "b2", "a3"}));
}

CAF_TEST(a link may tell what its node follows before the cluster says that it is open) {
  const auto link = some_link();
  caf::anon_send(uut, peer_interest{link.actor, {"a"}, true, true});
  caf::anon_send(uut, link_opened{link.actor});
  consume_messages();
  publish_everywhere({"a", "b"}, "1");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), texts{"a1"});
  CAF_CHECK(link.knows_all());
}

CAF_TEST(a stream that a node follows no longer is not forwarded to it) {
  const auto link = open_link({"a", "b"});
  caf::anon_send(uut, peer_interest{link.actor, {"a"}, false});
  publish_everywhere({"a", "b"}, "1");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), texts{"b1"});
}

CAF_TEST(a link that closes gets what was published before and a farewell behind it) {
  const auto link = open_link({"a"});
  const auto other = open_link({"a"});
  publish_everywhere({"a"}, "1");
  expect((broadcasts), from(_).to(uut));
  close(link);
  publish_everywhere({"a"}, "2");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), texts{"a1"});
  CAF_CHECK_EQUAL(link.told->farewells.size(), 1u);
  CAF_CHECK_EQUAL(other.heard(), (texts{"a1", "a2"}));
}

CAF_TEST(a link that closes before it is open gets a farewell) {
  const auto link = some_link();
  close(link);
  consume_messages();
  CAF_CHECK_EQUAL(link.told->farewells.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
