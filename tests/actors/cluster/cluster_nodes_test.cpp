#define CAF_SUITE cluster_nodes
// Several nodes together.
#include <algorithm>

#include "tests/actors/support/random_order.hpp"

#include "tests/actors/support/nodes_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

struct pair_fixture : nodes_fixture {
  test_node& a = start_node(node_called("a", '3'));
  test_node& b = start_node(node_called("b", '7'), {"a:7700"});
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_pair, pair_fixture)

CAF_TEST(a node that dials another one is linked with it) {
  CAF_CHECK_EQUAL(linked(a), texts{"b"});
  CAF_CHECK_EQUAL(linked(b), texts{"a"});
  CAF_CHECK_EQUAL(tunnels.connections(), 1u);
  pass(20'000ms);
  CAF_CHECK_EQUAL(linked(a), texts{"b"});
  CAF_CHECK_EQUAL(tunnels.connections(), 1u);
}

CAF_TEST(what is published at either node reaches followers at both once) {
  const auto at_a = follower(a, "s1", "news");
  const auto at_b = follower(b, "s2", "news");
  const auto other = follower(b, "s3", "other");
  a.publish("news", "1");
  consume_messages();
  b.publish("news", "2");
  consume_messages();
  const texts both{message_of("news", "1"), message_of("news", "2")};
  CAF_CHECK_EQUAL(at_a.box->seen, both);
  CAF_CHECK_EQUAL(at_b.box->seen, both);
  CAF_CHECK(other.box->seen.empty());
}

CAF_TEST(what nobody follows at a node does not go there) {
  const auto at_a = follower(a, "s1", "news");
  const auto before = a.here.cluster_counters.bytes_sent.get();
  for (auto i = 0; i < 100; ++i)
    a.publish("news", "1");
  consume_messages();
  CAF_CHECK_EQUAL(at_a.box->seen.size(), 100u);
  CAF_CHECK_EQUAL(a.here.cluster_counters.bytes_sent.get(), before);
  CAF_CHECK_EQUAL(a.here.cluster_counters.forwarded.get(), 0u);
}

CAF_TEST(what every node gets by itself stays where it is) {
  const auto at_b = follower(b, "s2", "news");
  ability::publish(*a.here.lanes.front(), std::vector<broadcast>{{.stream = "news", .data = "1"}}, scope::here);
  consume_messages();
  CAF_CHECK(at_b.box->seen.empty());
}

CAF_TEST(a client is excluded at whatever node it is) {
  const auto one = follower(b, "s2", "news");
  const auto other = follower(b, "s3", "news");
  a.publish("news", "1", "s2");
  consume_messages();
  CAF_CHECK(one.box->seen.empty());
  CAF_CHECK_EQUAL(other.box->seen.size(), 1u);
}

CAF_TEST(a remote disconnect reaches clients of all nodes) {
  const auto at_a = let_in(a, "s1");
  const auto at_b = let_in(b, "s2");
  ability::publish(*a.here.lanes.front(), remote_disconnect{R"({"sid":"s2"})", false}, scope::everywhere);
  consume_messages();
  CAF_CHECK(!at_a.box->closed);
  CAF_REQUIRE(at_b.box->closed);
  CAF_CHECK_EQUAL(at_b.box->closed->text, disconnect_message("remote", false));
}

CAF_TEST(a long burst arrives in order and whole) {
  const auto at_b = follower(b, "s2", "news");
  constexpr auto count = 20'000;
  for (auto i = 0; i < count; ++i) {
    a.publish("news", '"' + std::string(200, 'x') + std::to_string(i) + '"');
    if (i % 100 == 0)
      consume_messages();
  }
  consume_messages();
  CAF_REQUIRE_EQUAL(at_b.box->seen.size(), static_cast<std::size_t>(count));
  auto out_of_order = 0;
  for (auto i = 0; i < count; ++i)
    out_of_order +=
        at_b.box->seen[static_cast<std::size_t>(i)].find('x' + std::to_string(i) + '"') == std::string::npos;
  CAF_CHECK_EQUAL(out_of_order, 0);
  CAF_CHECK_EQUAL(a.lost(), 0u);
  CAF_CHECK_EQUAL(a.here.cluster_counters.acknowledged.get(), static_cast<std::uint64_t>(count));
  CAF_CHECK_EQUAL(b.here.cluster_counters.received.get(), static_cast<std::uint64_t>(count));
}

CAF_TEST(a node that leaves is forgotten at once) {
  caf::anon_send(b.here.cluster, leave_cluster{"stopped"});
  consume_messages();
  CAF_CHECK(linked(a).empty());
  CAF_CHECK(names(a, node_state::lost).empty());
  CAF_CHECK_EQUAL(tunnels.connections(), 0u);
}

CAF_TEST(a link that was cut comes again and what happened meanwhile is a gap) {
  const auto at_b = follower(b, "s2", "news");
  a.publish("news", "1");
  consume_messages();
  const auto packets = a.here.cluster_counters.packets_sent.get();
  a.publish("news", "2");
  while (a.here.cluster_counters.packets_sent.get() == packets)
    sched.run_once();  // the packet is on its way
  tunnels.cut("a", "b");
  a.publish("news", "3");
  consume_messages();
  CAF_CHECK_EQUAL(names(a, node_state::lost), texts{"b"});
  CAF_CHECK_EQUAL(names(b, node_state::lost), texts{"a"});
  a.publish("news", "4");
  caf::anon_send(a.here.cluster, forward_disconnect{{"someone", true}});
  pass(10'000ms);
  CAF_CHECK_EQUAL(a.here.cluster_counters.commands_lost.get(), 1u);
  CAF_CHECK(linked(a).empty());
  tunnels.heal();
  pass(6'000ms);
  CAF_CHECK_EQUAL(linked(a), texts{"b"});
  a.publish("news", "5");
  consume_messages();
  CAF_CHECK_EQUAL(at_b.box->seen.back(), message_of("news", "5"));
  CAF_CHECK_GREATER(a.lost(), 0u);
  CAF_CHECK_EQUAL(b.here.cluster_counters.gaps.get(), a.lost());
  CAF_CHECK_EQUAL(a.here.cluster_counters.forwarded.get(), a.here.cluster_counters.acknowledged.get() + a.lost());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(cluster_many, nodes_fixture)

CAF_TEST(nodes that know one address find all others) {
  auto& a = start_node(node_called("a", '5'));
  auto& b = start_node(node_called("b", '7'), {"a:7700"});
  auto& c = start_node(node_called("c", '3'), {"a:7700"});
  auto& d = start_node(node_called("d", '9'), {"b:7700"}, 3);
  pass(2'000ms);
  CAF_CHECK_EQUAL(linked(a), (texts{"b", "c", "d"}));
  CAF_CHECK_EQUAL(linked(b), (texts{"a", "c", "d"}));
  CAF_CHECK_EQUAL(linked(c), (texts{"a", "b", "d"}));
  CAF_CHECK_EQUAL(linked(d), (texts{"a", "b", "c"}));
  CAF_CHECK_EQUAL(tunnels.connections(), 6u);
  std::vector<client> followers;
  for (auto* each : {&a, &b, &c, &d})
    followers.push_back(follower(*each, each->who().name, "news"));
  for (auto* each : {&a, &b, &c, &d}) {
    each->publish("news", "1");
    consume_messages();
  }
  for (const auto& each : followers)
    CAF_CHECK_EQUAL(each.box->seen, texts(4, message_of("news", "1")));
}

CAF_TEST(nodes that all know each other have one link for each two) {
  const texts all{"a:7700", "b:7700", "c:7700"};
  auto& a = spawn_node(node_called("a", '5'), all);
  auto& b = spawn_node(node_called("b", '3'), all);
  auto& c = spawn_node(node_called("c", '7'), all);
  for (auto* each : {&a, &b, &c})
    join(*each);
  pass(6'000ms);
  CAF_CHECK_EQUAL(linked(a), (texts{"b", "c"}));
  CAF_CHECK_EQUAL(linked(b), (texts{"a", "c"}));
  CAF_CHECK_EQUAL(linked(c), (texts{"a", "b"}));
  CAF_CHECK_EQUAL(tunnels.connections(), 3u);
}

CAF_TEST(a node that comes late knows all that is followed) {
  auto& a = start_node(node_called("a", '5'));
  const auto first = follower(a, "s1", "news");
  auto& b = start_node(node_called("b", '7'), {"a:7700"});
  b.publish("news", "1");
  b.publish("other", "1");
  consume_messages();
  CAF_CHECK_EQUAL(first.box->seen, texts{message_of("news", "1")});
  CAF_CHECK_EQUAL(b.here.cluster_counters.forwarded.get(), 1u);
}

CAF_TEST(a node that starts again under its name takes its place) {
  auto& a = start_node(node_called("a", '5'));
  auto& before = start_node(node_called("b", '7', 1'000), {"a:7700"});
  const auto at_a = follower(a, "s1", "news");
  end(before);
  CAF_CHECK_EQUAL(names(a, node_state::lost), texts{"b"});
  auto& after = start_node(node_called("b", '8', 2'000), {"a:7700"});
  CAF_CHECK_EQUAL(linked(a), texts{"b"});
  CAF_CHECK(names(a, node_state::lost).empty());
  after.publish("news", "1");
  consume_messages();
  CAF_CHECK_EQUAL(at_a.box->seen, texts{message_of("news", "1")});
}

CAF_TEST(two nodes of one name do not live together) {
  auto& a = start_node(node_called("a", '5'));
  auto& first = start_node(node_called("b", '7', 1'000), {"a:7700"});
  auto twin = node_called("b", '8', 2'000);
  twin.address = "b2:7700";
  auto& second = start_node(twin, {"a:7700"});
  pass(20'000ms);
  CAF_CHECK_EQUAL(linked(a), texts{"b"});
  CAF_CHECK_EQUAL(linked(second), texts{"a"});
  CAF_CHECK(linked(first).empty());
}

CAF_TEST(a client is confirmed only when every broadcast from then on will reach it) {
  auto& a = start_node(node_called("a", '5'));
  auto& b = start_node(node_called("b", '7'), {"a:7700"});
  random_order order{sched, 1};
  std::size_t wrong = 0;
  const auto who = let_in(a, "s1");
  who.box->on_text = [&](std::string_view text) {
    if (text == confirm_subscription(identifier_of("news")))
      b.publish("news", "1");
  };
  for (auto round = 0; round < 2'000; ++round) {
    who.box->forget();
    says(who, command_type::subscribe, "news");
    b.publish("other", "1");
    order.settle();
    wrong += who.box->seen != texts{confirm_subscription(identifier_of("news")), message_of("news", "1")};
    says(who, command_type::unsubscribe, "news");
    consume_messages();
  }
  CAF_CHECK_EQUAL(wrong, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- both dial at once

namespace {

struct orders_fixture : nodes_fixture {
  // Two nodes that dial each other at the same time.
  void dial_each_other(char first, char second) {
    random_order order{sched, 1};
    std::size_t wrong = 0;
    std::size_t collisions = 0;
    for (auto round = 0; round < 1'000; ++round) {
      nodes.clear();
      tunnels = {};
      auto& a = spawn_node(node_called("a", first), {"b:7700"}, 1);
      auto& b = spawn_node(node_called("b", second), {"a:7700"}, 1);
      consume_messages();
      join(a);
      join(b);
      order.settle();
      collisions += a.here.cluster_counters.refused_nodes.get() + b.here.cluster_counters.refused_nodes.get() > 0;
      wrong += linked(a) != texts{"b"};
      wrong += linked(b) != texts{"a"};
      wrong += tunnels.connections() != 1;
      pass(4'000ms);
      wrong += linked(a) != texts{"b"};
      wrong += tunnels.connections() != 1;
      end(a);
      end(b);
    }
    CAF_CHECK_EQUAL(wrong, 0u);
    CAF_CHECK_GREATER(collisions, 100u);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_orders, orders_fixture)

CAF_TEST(two nodes that dial each other have one link in whatever order things happen) { dial_each_other('3', '7'); }

CAF_TEST(and if the other one has the smaller uuid) { dial_each_other('7', '3'); }

CAF_TEST_FIXTURE_SCOPE_END()
