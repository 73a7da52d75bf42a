#define CAF_SUITE cluster_doors
// Admission of nodes to the cluster, and the choice between two links to one node.
#include <algorithm>

#include "tests/actors/cluster/cluster_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;
using code = texts;

struct fixture : cluster_fixture {
  fixture() : cluster_fixture{{"b:7700"}} {}

  const member smaller = node_called("b", '1');
  const member larger = node_called("b", '9');
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_doors_tests, fixture)

CAF_TEST(a node that knocks is let in) {
  const auto peer = comes(larger);
  CAF_CHECK(is_linked("b"));
  CAF_CHECK(!nodes().at(1).dialled_by_us);
  CAF_CHECK(peer.door->refused.empty());
}

CAF_TEST(the node itself is refused) {
  CAF_CHECK(knock(here.settings.cluster.self)->refused == code{"self"});
  CAF_CHECK_EQUAL(here.cluster_counters.refused_nodes.get(), 1u);
}

CAF_TEST(a node with the name of this one is refused) {
  CAF_CHECK(knock(node_called("here", '7', 10'000))->refused == code{"name_taken"});
  CAF_CHECK(answer(dialled("b:7700"), node_called("here", '7', 10'000))->refused == code{"name_taken"});
  pass(200ms);
  CAF_CHECK_NOT_EQUAL(dialled("b:7700"), 0u);
}

CAF_TEST(no more nodes are let in than a cluster may have) {
  for (std::size_t i = 0; i + 1 < max_members; ++i) {
    const auto number = std::to_string(100 + i);
    const auto door =
        knock({.uuid = std::string(29, '7') + number, .name = "n" + number, .address = "x", .started = 1});
    CAF_CHECK_EQUAL(door->let_in.size(), 1u);
  }
  CAF_CHECK(knock(larger)->refused == code{"full"});
  CAF_CHECK(answer(dialled("b:7700"), larger)->refused == code{"full"});
  // A member that comes again takes no other's place.
  CAF_CHECK_EQUAL(
      knock({.uuid = std::string(29, '7') + "100", .name = "n100", .address = "x", .started = 1})->let_in.size(), 1u);
}

CAF_TEST(a node that we are dialling is refused if our uuid is smaller) {
  const auto ours = connect(answer(dialled("b:7700"), larger), true);
  CAF_CHECK(knock(larger)->refused == code{"duplicate"});
  say_beat(ours);
  CAF_CHECK(is_linked("b"));
}

CAF_TEST(a node that we are dialling is let in if our uuid is larger and our attempt given up) {
  const auto ours = answer(dialled("b:7700"), smaller);
  const auto theirs = connect(knock(smaller), false);
  const auto late = connect(ours, true);
  CAF_CHECK(late.way->closed);
  CAF_CHECK(!is_alive(late.link));
  say_beat(theirs);
  CAF_CHECK(is_linked("b"));
  CAF_CHECK(!theirs.way->closed);
  pass(3'000ms, {theirs});
  CAF_CHECK_EQUAL(dialled("b:7700"), 0u);
}

CAF_TEST(a node that answers is told if there is a link) {
  comes(larger);
  CAF_CHECK(answer(dialled("b:7700"), larger)->refused == code{"duplicate"});
}

CAF_TEST(a node that answers is told if it was let in and is not up yet) {
  knock(larger);
  CAF_CHECK(answer(dialled("b:7700"), larger)->refused == code{"duplicate"});
}

CAF_TEST(a young link that the smaller uuid dialled stays) {
  const auto ours = is_reached(dialled("b:7700"), larger);
  CAF_CHECK(knock(larger)->refused == code{"duplicate"});
  pass(2'900ms, {ours});
  CAF_CHECK(knock(larger)->refused == code{"duplicate"});
  CAF_CHECK(!ours.way->closed);
}

CAF_TEST(a link that is older gives way to a new one once it has ended) {
  const auto ours = is_reached(dialled("b:7700"), larger);
  pass(3'100ms, {ours});
  ours.way->deaf = true;
  const auto door = knock(larger);
  CAF_CHECK(door->is_waiting());
  CAF_CHECK(ours.way->closed);
  breaks(ours);
  CAF_CHECK_EQUAL(door->let_in.size(), 1u);
  const auto theirs = connect(door, false);
  say_beat(theirs);
  CAF_CHECK(is_linked("b"));
  CAF_CHECK(!nodes().at(1).dialled_by_us);
  CAF_CHECK_EQUAL(names(node_state::lost), texts{});
}

CAF_TEST(a young link that the larger uuid dialled gives way) {
  const auto first = comes(larger);
  const auto second = comes(larger);
  CAF_CHECK(first.way->closed);
  CAF_CHECK(!second.way->closed);
  CAF_CHECK(is_linked("b"));
}

CAF_TEST(of those that wait for a link to end only the latest is let in) {
  const auto ours = comes(larger);
  ours.way->deaf = true;
  const auto first = knock(larger);
  const auto second = knock(larger);
  CAF_CHECK_EQUAL(first->refused, code{"duplicate"});
  CAF_CHECK(second->is_waiting());
  breaks(ours);
  CAF_CHECK_EQUAL(second->let_in.size(), 1u);
}

CAF_TEST(who waits for a link to end is refused when the node stops) {
  const auto ours = comes(larger);
  ours.way->deaf = true;
  const auto door = knock(larger);
  caf::anon_send(uut, leave_cluster{"stopped"});
  consume_messages();
  CAF_CHECK_EQUAL(door->refused, code{"stopping"});
}

CAF_TEST(a node that has started again takes the place of the earlier one) {
  const auto before = comes(node_called("b", '7', 1'000));
  before.way->deaf = true;
  const auto door = knock(node_called("b", '8', 2'000));
  CAF_CHECK(before.way->closed);
  CAF_CHECK(door->is_waiting());
  breaks(before);
  say_beat(connect(door, false));
  CAF_REQUIRE_EQUAL(nodes().size(), 2u);
  CAF_CHECK(nodes().at(1).who.uuid == std::string(32, '8'));
}

CAF_TEST(a node whose name a later one has taken is refused) {
  const auto first = comes(node_called("b", '7', 2'000));
  CAF_CHECK(knock(node_called("b", '8', 1'000))->refused == code{"name_taken"});
  CAF_CHECK(answer(dialled("b:7700"), node_called("b", '8', 1'000))->refused == code{"name_taken"});
  CAF_CHECK(!first.way->closed);
}

CAF_TEST(a node that only says that it has started again ends no link before it has proved it) {
  const auto before = comes(node_called("b", '7', 1'000));
  const auto after = connect(answer(dialled("b:7700"), node_called("b", '8', 2'000)), true);
  CAF_CHECK(!before.way->closed);
  say_beat(after);
  CAF_CHECK(before.way->closed);
  CAF_REQUIRE_EQUAL(nodes().size(), 2u);
  CAF_CHECK(nodes().at(1).who.uuid == std::string(32, '8'));
}

CAF_TEST(a node that was lost and has started again is one node) {
  breaks(comes(node_called("b", '7', 1'000)));
  CAF_CHECK_EQUAL(names(node_state::lost), texts{"b"});
  comes(node_called("b", '8', 2'000));
  CAF_CHECK_EQUAL(nodes().size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
