/// Several nodes of one cluster in one process. Include it last.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "actors/cluster/cluster.hpp"
#include "tests/actors/support/fake_tunnel.hpp"
#include "tests/actors/support/virtual_time.hpp"
// last
#include "tests/actors/cluster/cluster_fixture.hpp"

namespace ability {

/// One node with all of its actors.
struct test_node {
  test_node(caf::actor_system& system, const node_settings& how, std::size_t lanes, std::uint64_t seed,
            std::shared_ptr<app_transport> application = nullptr)
      : here{system, how, virtual_time(system, seed)} {
    for (std::size_t i = 0; i < lanes; ++i)
      here.lanes.push_back(std::make_unique<lane_home>(here, nullptr));
    start_records(here, std::move(application));
    here.cluster = spawn_cluster(home);
  }

  const member& who() const { return here.settings.cluster.self; }

  void publish(const std::string& stream, std::string data, std::string exclude = {}) {
    ability::publish(
        *here.lanes.front(),
        std::vector<broadcast>{
            {.stream = stream, .data = std::move(data), .data_is_json = true, .exclude_socket = std::move(exclude)}},
        scope::everywhere);
  }

  std::uint64_t lost() const {
    std::uint64_t all = 0;
    for (const auto& each : here.cluster_counters.lost)
      all += each.get();
    return all;
  }

  node here;
  lane_home home{here, nullptr};
};

class nodes_fixture : public test_coordinator_fixture<> {
public:
  ~nodes_fixture() override {
    for (const auto& each : nodes)
      end(*each);
    for (const auto& each : clients_)
      if (const auto actor = caf::actor_cast<caf::actor>(each))
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    consume_messages();
  }

  static node_settings settings(const member& who, std::vector<std::string> join) {
    auto how = in_cluster();
    how.cluster.self = who;
    how.cluster.join = std::move(join);
    return how;
  }

  /// A node that listens and has yet to join.
  test_node& spawn_node(const member& who, std::vector<std::string> join = {}, std::size_t lanes = 2) {
    auto& one =
        *nodes.emplace_back(std::make_unique<test_node>(sys, settings(who, std::move(join)), lanes, nodes.size()));
    tunnels.listen(who, one.here.cluster);
    return one;
  }

  void join(test_node& which) { caf::anon_send(which.here.cluster, join_cluster{tunnels.network_of(which.who())}); }

  test_node& start_node(const member& who, std::vector<std::string> join = {}, std::size_t lanes = 2) {
    auto& one = spawn_node(who, std::move(join), lanes);
    this->join(one);
    consume_messages();
    return one;
  }

  /// Ends all actors of the node at once.
  void end(test_node& which) {
    tunnels.stop_listening(which.who().address);
    caf::anon_send_exit(which.here.cluster, caf::exit_reason::user_shutdown);
    for (const auto& each : which.here.lanes) {
      caf::anon_send_exit(each->directory, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(each->registry, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(each->sessions, caf::exit_reason::user_shutdown);
    }
    consume_messages();
  }

  client let_in(test_node& at, const std::string& sid) {
    auto box = std::make_shared<fake_session>();
    client one{sid, box, spawn_connection(*at.here.lanes.front(), box, sid)};
    clients_.push_back(one.actor.address());
    caf::anon_send(one.actor, handshake());
    consume_messages();
    box->forget();
    return one;
  }

  void says(const client& who, command_type what, const std::string& stream) {
    caf::anon_send(who.actor, client_said{{what, identifier_of(stream)}});
  }

  client follower(test_node& at, const std::string& sid, const std::string& stream) {
    auto one = let_in(at, sid);
    says(one, command_type::subscribe, stream);
    consume_messages();
    CAF_REQUIRE_EQUAL(one.box->seen, std::vector<std::string>{confirm_subscription(identifier_of(stream))});
    one.box->forget();
    return one;
  }

  void pass(std::chrono::milliseconds time) {
    for (std::chrono::milliseconds passed{0}; passed < time; passed += std::chrono::milliseconds{50}) {
      advance_time(std::chrono::milliseconds{50});
      consume_messages();
    }
  }

  /// Names of the other nodes in that state, as `which` knows them.
  std::vector<std::string> names(test_node& which, node_state state) {
    auto answer = self->request(which.here.cluster, caf::infinite, list_nodes{});
    consume_messages();
    std::vector<std::string> found;
    answer.receive(
        [&](const node_list& list) {
          for (const auto& each : list.nodes)
            if (each.state == state)
              found.push_back(each.who.name);
        },
        [](const caf::error&) { CAF_FAIL("no answer"); });
    std::ranges::sort(found);
    return found;
  }

  std::vector<std::string> linked(test_node& which) { return names(which, node_state::up); }

  fake_tunnels tunnels;
  std::vector<std::unique_ptr<test_node>> nodes;

private:
  std::vector<caf::actor_addr> clients_;
};

}  // namespace ability
