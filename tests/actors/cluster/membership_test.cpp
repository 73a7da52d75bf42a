#define CAF_SUITE membership
// Links and nodes as values.
#include <algorithm>
#include <map>
#include <string_view>

#include "tests/actors/cluster/membership_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using fixture = membership_fixture;

CAF_TEST_FIXTURE_SCOPE(membership_tests, fixture)

CAF_TEST(a node is a member once its link is up) {
  auto& one = link(b);
  CAF_CHECK(members.has_link(b.uuid));
  CAF_CHECK(members.is_alone());
  CAF_CHECK_EQUAL(members.members().size(), 1u);
  CAF_CHECK(!members.was_linked());
  const auto arrival = members.come_up(one, now);
  CAF_CHECK(arrival.stays);
  CAF_CHECK(!arrival.was_lost);
  CAF_CHECK(arrival.outdated.empty());
  CAF_CHECK(one.up);
  CAF_CHECK_EQUAL(members.count_up(), 1u);
  CAF_CHECK_EQUAL(members.members().size(), 2u);
  CAF_CHECK(members.was_linked());
  CAF_CHECK_EQUAL(names(node_state::up), texts{"b"});
}

CAF_TEST(a link is found by its node and by the address that was dialled) {
  up(b, 1);
  CAF_CHECK(members.is_up(b.uuid, ""));
  CAF_CHECK(members.is_up("", "b:7700"));
  CAF_CHECK(!members.is_up("", "c:7700"));
}

CAF_TEST(a node whose link breaks is lost and dials again itself for a while) {
  up(b);
  ends(b);
  CAF_CHECK_EQUAL(names(node_state::lost), texts{"b"});
  CAF_CHECK_EQUAL(members.count_lost(), 1u);
  CAF_CHECK(!members.may_dial(b.uuid, now + membership::trust_dialler - 1ms));
  CAF_CHECK(members.may_dial(b.uuid, now + membership::trust_dialler));
}

CAF_TEST(a lost node that comes again was lost) {
  up(b);
  ends(b);
  CAF_CHECK(members.come_up(link(b), now).was_lost);
  CAF_CHECK_EQUAL(names(node_state::up), texts{"b"});
}

CAF_TEST(a node that leaves is forgotten and not dialled for a while) {
  up(b);
  ends(b, true);
  CAF_CHECK_EQUAL(members.list().nodes.size(), 1u);
  members.tick(now + membership::keep_left);
  CAF_CHECK(!members.may_dial(b.uuid, now + membership::keep_left));
  members.tick(now + membership::keep_left + 1ms);
  CAF_CHECK(members.may_dial(b.uuid, now + membership::keep_left));
}

CAF_TEST(a link that never came up leaves no node behind) {
  link(b);
  ends(b);
  CAF_CHECK_EQUAL(members.list().nodes.size(), 1u);
  CAF_CHECK(members.may_dial(b.uuid, now));
}

CAF_TEST(of processes with one name the latest stays) {
  up(node("b", '7', 1'000));
  auto& later = link(node("b", '8', 2'000));
  const auto arrival = members.come_up(later, now);
  CAF_CHECK(arrival.stays);
  CAF_REQUIRE_EQUAL(arrival.outdated.size(), 1u);
  CAF_CHECK_EQUAL(arrival.outdated.front()->who.started, 1'000u);
  auto& earlier = link(node("b", '9', 500));
  CAF_CHECK(!members.come_up(earlier, now).stays);
  CAF_CHECK(!earlier.up);
}

CAF_TEST(a process that another one has replaced has left) {
  const auto before = node("b", '7', 1'000);
  const auto after = node("b", '8', 2'000);
  up(before);
  up(after);
  ends(before);
  CAF_CHECK_EQUAL(names(node_state::lost), texts{});
  CAF_CHECK(!members.may_dial(before.uuid, now));
}

CAF_TEST(a lost process is forgotten once a later one has come) {
  up(node("b", '7', 1'000));
  ends(node("b", '7', 1'000));
  up(node("b", '8', 2'000));
  CAF_CHECK_EQUAL(members.list().nodes.size(), 2u);
}

CAF_TEST(lost nodes are kept for a day and no more of them than there is room for) {
  for (std::size_t i = 0; i < membership::max_lost + 10; ++i) {
    auto one = node("n" + std::to_string(i), '7');
    one.uuid += std::to_string(i);
    up(one);
    now += 1ms;
    ends(one);
  }
  members.tick(now);
  CAF_CHECK_EQUAL(members.count_lost(), membership::max_lost);
  CAF_CHECK(!members.knows(std::string(32, '7') + "9"));
  CAF_CHECK(members.knows(std::string(32, '7') + "10"));
  members.tick(now + membership::keep_lost + 1s);
  CAF_CHECK_EQUAL(members.count_lost(), 0u);
}

CAF_TEST(numbers are those of the present link and losses those of all) {
  const auto first = up(b).id;
  members.count({first, b.uuid, {.publications_sent = 3}, 1, {}});
  ends(b);
  members.count({first, b.uuid, {.publications_sent = 4}, 2, {}});
  CAF_CHECK_EQUAL(facts_of_b().link.publications_sent, 4u);
  const auto second = up(b).id;
  CAF_CHECK_EQUAL(facts_of_b().link.publications_sent, 0u);
  members.count({second, b.uuid, {.publications_sent = 5}, 0, {}});
  members.count({first, b.uuid, {.publications_sent = 6}, 4, {}});  // a late one
  CAF_CHECK_EQUAL(facts_of_b().link.publications_sent, 5u);
  CAF_CHECK_EQUAL(facts_of_b().lost, 7u);
}

CAF_TEST(losses wait for the next link and are taken once) {
  const auto first = up(b).id;
  lost_publications losses;
  losses.add("a", 2);
  members.count({first, b.uuid, {}, 2, losses});
  members.add_unknown_loss(b.uuid);
  std::map<std::string, std::uint64_t> taken;
  members.take_losses(b.uuid).take([&](std::string_view stream, std::uint64_t count) { taken.emplace(stream, count); });
  CAF_CHECK_EQUAL(taken, (std::map<std::string, std::uint64_t>{{"", 0}, {"a", 2}}));
  CAF_CHECK(members.take_losses(b.uuid).empty());
}

CAF_TEST(a report of a link to an unknown node is dropped) {
  members.count({1, b.uuid, {}, 2, {}});
  members.add_unknown_loss(b.uuid);
  CAF_CHECK(!members.knows(b.uuid));
  CAF_CHECK(members.take_losses(b.uuid).empty());
}

CAF_TEST(this node is the first of the list) {
  up(b);
  const auto all = members.list().nodes;
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK(all[0].state == node_state::self);
  CAF_CHECK_EQUAL(all[0].who.name, "here");
}

CAF_TEST_FIXTURE_SCOPE_END()
