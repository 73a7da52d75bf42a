// Labels: hardened
#define CAF_SUITE cluster_names
// Configured addresses that are names of several nodes, or lead through a balancer.
#include <algorithm>

#include "tests/actors/cluster/cluster_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

// This node's own address is 192.0.2.5:7700.
struct fixture : cluster_fixture {
  fixture() : cluster_fixture{{"nodes.example:7700"}} {}

  // Sets the answer to the next look-up.
  void stands_for(texts addresses) { network->names["nodes.example:7700"] = std::move(addresses); }

  // True if the name is looked up within `time`.
  bool is_looked_up_within(std::chrono::milliseconds time, const std::vector<peer>& living = {}) {
    network->looked_up.clear();
    for (auto passed = 0ms; passed < time && network->looked_up.empty(); passed += 50ms)
      pass(50ms, living);
    return !network->looked_up.empty();
  }

  texts all_dialled() {
    texts found;
    for (const auto& each : network->dialled)
      found.push_back(each.address);
    return found;
  }

  static member at(const std::string& address, char digit) {
    return {.uuid = std::string(32, digit), .name = std::string(1, digit), .address = address, .started = 5'000};
  }
};

// A name that resolves to two nodes, one of them this one.
struct headless : fixture {
  headless() {
    network->dialled.clear();
    stands_for({"192.0.2.7:7700", "192.0.2.5:7700", "192.0.2.8:7700", "192.0.2.7:7700"});
    CAF_REQUIRE(is_looked_up_within(5'000ms));
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_names_headless, headless)

CAF_TEST(every address of a name but the own is dialled once) {
  CAF_CHECK_EQUAL(all_dialled(), (texts{"192.0.2.7:7700", "192.0.2.8:7700"}));
}

CAF_TEST(all nodes of a name are linked) {
  const auto first = is_reached(dialled("192.0.2.7:7700"), at("192.0.2.7:7700", '7'));
  const auto second = is_reached(dialled("192.0.2.8:7700"), at("192.0.2.8:7700", '8'));
  CAF_CHECK(is_linked("7"));
  CAF_CHECK(is_linked("8"));
}

CAF_TEST(an address that the name gets later is dialled) {
  stands_for({"192.0.2.5:7700", "192.0.2.9:7700"});
  CAF_REQUIRE(is_looked_up_within(5'100ms));
  CAF_CHECK_NOT_EQUAL(dialled("192.0.2.9:7700"), 0u);
}

CAF_TEST(an address that the name loses is dialled no more) {
  fails(dialled("192.0.2.8:7700"));
  stands_for({"192.0.2.5:7700", "192.0.2.7:7700"});
  CAF_REQUIRE(is_looked_up_within(5'100ms));
  pass(20'000ms);
  dialled("192.0.2.8:7700");
  pass(70'000ms);
  CAF_CHECK_EQUAL(dialled("192.0.2.8:7700"), 0u);
}

CAF_TEST(a name that cannot be looked up for a while keeps its addresses) {
  fails(dialled("192.0.2.8:7700"));
  stands_for({});
  CAF_REQUIRE(is_looked_up_within(5'100ms));
  pass(5'000ms);
  CAF_CHECK_NOT_EQUAL(dialled("192.0.2.8:7700"), 0u);
}

CAF_TEST(with a link a name is looked up every 30 s) {
  const auto peer = is_reached(dialled("192.0.2.7:7700"), at("192.0.2.7:7700", '7'));
  CAF_CHECK(is_looked_up_within(5'100ms, {peer}));
  CAF_CHECK(!is_looked_up_within(29'000ms, {peer}));
  CAF_CHECK(is_looked_up_within(1'500ms, {peer}));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(cluster_names_single, fixture)

CAF_TEST(a name that is not known is looked up again after a while that doubles up to 5 s) {
  stands_for({});
  for (const auto longest : {400ms, 800ms, 1'600ms, 3'200ms, 5'000ms, 5'000ms})
    CAF_CHECK(is_looked_up_within(longest + 100ms));
}

CAF_TEST(of a name no more than 64 addresses are dialled) {
  texts many;
  for (auto i = 1; i <= 100; ++i)
    many.push_back("192.0.3." + std::to_string(i) + ":7700");
  stands_for(many);
  network->dialled.clear();
  CAF_REQUIRE(is_looked_up_within(5'000ms));
  CAF_CHECK_EQUAL(all_dialled().size(), join_name::max_addresses);
}

// Behind one address are this node and two others that have found each other.
CAF_TEST(a node behind a balancer is found though the balancer leads back at first) {
  CAF_CHECK_EQUAL(answer(dialled("nodes.example:7700"), here.settings.cluster.self)->refused, texts{"self"});
  pass(250ms);
  is_reached(dialled("nodes.example:7700"), at("192.0.2.7:7700", '7'));
  CAF_CHECK(is_linked("7"));
}

CAF_TEST(beside a link the other nodes behind a balancer are asked for every 30 s) {
  const auto peer = is_reached(dialled("nodes.example:7700"), at("192.0.2.7:7700", '7'));
  pass(41'000ms, {peer});
  const auto again = dialled("nodes.example:7700");
  CAF_REQUIRE_NOT_EQUAL(again, 0u);
  is_reached(again, at("192.0.2.8:7700", '8'));
  CAF_CHECK(is_linked("7"));
  CAF_CHECK(is_linked("8"));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(a host that is a name is told from an address) {
  for (const auto* name : {"localhost:1", "nodes.example:7700", "10.example:1", "1:7700"})
    CAF_CHECK(names_host(name));
  for (const auto* address : {"127.0.0.1:1", "[::1]:7700", "[fe80::1%eth0]:1"})
    CAF_CHECK(!names_host(address));
}
