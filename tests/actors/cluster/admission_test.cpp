#define CAF_SUITE admission
// Decisions on nodes that dial, as values.
#include <algorithm>

#include "actors/cluster/admission.hpp"
#include "tests/actors/support/fake_cluster_network.hpp"
// last
#include "tests/actors/cluster/membership_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct fixture : membership_fixture {
  std::string code_of(const member& who) const {
    const auto found = uut.judge(who, now);
    return found.refusal ? found.refusal->code : "";
  }

  admission uut{members};
  const member smaller = node("c", '1');
  const member larger = node("b", '9');
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(admission_tests, fixture)

CAF_TEST(an unknown node is admitted at once) {
  const auto found = uut.judge(larger, now);
  CAF_CHECK(!found.refusal);
  CAF_CHECK(found.outdated.empty());
  CAF_CHECK(found.at_once);
}

CAF_TEST(the node itself and its name are refused) {
  CAF_CHECK_EQUAL(code_of(members.self()), "self");
  CAF_CHECK_EQUAL(code_of(node("here", '7')), "name_taken");
}

CAF_TEST(the name of a process that has started later is taken) {
  up(node("b", '7', 2'000));
  CAF_CHECK_EQUAL(code_of(node("b", '8', 2'000)), "name_taken");
  const auto found = uut.judge(node("b", '8', 2'001), now);
  CAF_CHECK(!found.refusal);
  CAF_CHECK_EQUAL(found.outdated.size(), 1u);
  CAF_CHECK(!found.at_once);
}

CAF_TEST(the name of a process that waits is taken) {
  uut.wait(node("b", '7', 2'000), std::make_shared<fake_door>());
  CAF_CHECK_EQUAL(code_of(node("b", '8', 2'000)), "name_taken");
}

CAF_TEST(a cluster has a maximum number of nodes and links that end do not count) {
  for (std::size_t i = 0; i + 1 < max_members; ++i) {
    auto one = node("n" + std::to_string(i), '7');
    one.uuid += std::to_string(i);
    link(one);
  }
  CAF_CHECK_EQUAL(code_of(larger), "full");
  CAF_CHECK_EQUAL(code_of(members.links().front().who), "");
  members.links().front().ending = true;
  CAF_CHECK_EQUAL(code_of(larger), "");
}

CAF_TEST(of two attempts that meet the one of the smaller uuid stays) {
  link(larger, 1);
  CAF_CHECK_EQUAL(code_of(larger), "duplicate");
  link(smaller, 2);
  const auto found = uut.judge(smaller, now);
  CAF_CHECK(!found.refusal);
  CAF_CHECK_EQUAL(found.outdated.size(), 1u);
  CAF_CHECK(found.at_once);
}

CAF_TEST(a link that is no longer young gives way) {
  up(larger, 1);
  now += admission::young - 1ms;
  CAF_CHECK_EQUAL(code_of(larger), "duplicate");
  now += 1ms;
  const auto found = uut.judge(larger, now);
  CAF_CHECK(!found.refusal);
  CAF_CHECK(!found.at_once);
  CAF_REQUIRE_EQUAL(found.outdated.size(), 1u);
  found.outdated.front()->ending = true;
  CAF_CHECK(uut.judge(larger, now).outdated.empty());
}

CAF_TEST(of nodes that wait only the latest is kept) {
  const auto first = std::make_shared<fake_door>();
  const auto second = std::make_shared<fake_door>();
  CAF_CHECK(!uut.wait(larger, first));
  const auto earlier = uut.wait(larger, second);
  CAF_REQUIRE(earlier);
  CAF_CHECK(earlier->door == first);
  CAF_CHECK(uut.is_linked(larger.uuid));
  const auto all = uut.take_waiting();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK(all.front().door == second);
  CAF_CHECK(!uut.is_linked(larger.uuid));
}

CAF_TEST(a node without a uuid is not linked) { CAF_CHECK(!uut.is_linked("")); }

CAF_TEST_FIXTURE_SCOPE_END()
