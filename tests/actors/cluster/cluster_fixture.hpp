/// The cluster actor of a node. The test plays its network and the other nodes. Include it last.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/cluster.hpp"
// last
#include "tests/actors/cluster/link_fixture.hpp"

namespace ability {

/// A member with this name. Its uuid repeats one digit, its address is derived from the name.
inline member node_called(std::string name, char digit, std::uint64_t started = 5'000) {
  return {.uuid = std::string(32, digit), .name = name, .address = name + ":7700", .started = started};
}

class cluster_fixture : public actor_fixture {
public:
  /// The uuid of this node is all fives.
  explicit cluster_fixture(std::vector<std::string> join = {}) : actor_fixture{2, settings(std::move(join))} {
    here.cluster = uut;
    caf::anon_send(uut, join_cluster{network});
    consume_messages();
  }

  static node_settings settings(std::vector<std::string> join) {
    auto how = in_cluster();
    how.cluster.join = std::move(join);
    return how;
  }

  // -- the network

  /// Number of the latest attempt to dial `address`; 0: none since the last call of this function.
  std::uint64_t dialled(const std::string& address) {
    std::uint64_t number = 0;
    std::erase_if(network->dialled, [&](const auto& each) {
      if (each.address != address)
        return false;
      number = each.number;
      return true;
    });
    return number;
  }

  std::shared_ptr<fake_door> knock(const member& who) {
    auto door = std::make_shared<fake_door>();
    caf::anon_send(uut, join_request{who, door});
    consume_messages();
    return door;
  }

  std::shared_ptr<fake_door> answer(std::uint64_t attempt, const member& who) {
    auto door = std::make_shared<fake_door>();
    caf::anon_send(uut, dial_reply{attempt, who, door});
    consume_messages();
    return door;
  }

  void fails(std::uint64_t attempt, std::string code = "unreachable") {
    caf::anon_send(uut, dial_failed{attempt, {std::move(code), "a sentence"}});
    consume_messages();
  }

  /// Another node whose link is up, or about to be.
  struct peer {
    std::shared_ptr<fake_door> door;
    link_actor link;
    std::shared_ptr<fake_peer_connection> way;
    std::shared_ptr<told_remote> heard;
    caf::actor remote;
  };

  /// Establishes the connection of an admitted join request; no packet has been sent on it.
  peer connect(std::shared_ptr<fake_door> door, bool dialled) {
    CAF_REQUIRE_EQUAL(door->let_in.size(), 1u);
    auto heard = std::make_shared<told_remote>();
    const auto link = door->let_in.front();
    auto way = std::make_shared<fake_peer_connection>(link);
    const auto remote = ends(sys.spawn(fake_remote, heard));
    caf::anon_send(link, link_connected{way, dialled ? remote : caf::actor{}});
    consume_messages();
    return {std::move(door), link, std::move(way), std::move(heard), remote};
  }

  void say_beat(const peer& from) { say(from, link_fixture::packet(0, beat_record{})); }

  void say(const peer& from, std::string packet) {
    caf::send_as(from.remote, from.link, std::move(packet));
    consume_messages();
  }

  /// A node that has dialled us and whose link is up.
  peer comes(const member& who) {
    auto one = connect(knock(who), false);
    say_beat(one);
    return one;
  }

  /// A node that we have dialled by `attempt` and whose link is up.
  peer is_reached(std::uint64_t attempt, const member& who) {
    auto one = connect(answer(attempt, who), true);
    say_beat(one);
    return one;
  }

  void breaks(const peer& which) {
    which.way->breaks("reset by peer");
    consume_messages();
  }

  /// Names in the members records that the other node has received, which are then forgotten; empty: none.
  static std::vector<std::string> members_told(const peer& to) {
    std::vector<std::string> names;
    for (const auto& packet : *to.heard)
      for (auto records = link_packet_reader::open(packet); !records->done();)
        if (const auto next = records->next();
            const auto* members = std::get_if<members_record>(&std::get<link_record>(*next)))
          for (const auto& each : *decode_members(members->json))
            names.push_back(each.name);
    to.heard->clear();
    return names;
  }

  // -- time

  /// Lets virtual time pass; the nodes `living` send heartbeats.
  void pass(std::chrono::milliseconds time, const std::vector<peer>& living = {}) {
    for (std::chrono::milliseconds passed{0}; passed < time; passed += std::chrono::milliseconds{50}) {
      advance_time(std::chrono::milliseconds{50});
      consume_messages();
      for (const auto& each : living)
        say_beat(each);
    }
  }

  // -- the cluster's view

  std::vector<node_facts> nodes() {
    auto answer = self->request(uut, caf::infinite, list_nodes{});
    consume_messages();
    std::vector<node_facts> found;
    answer.receive([&](node_list& list) { found = std::move(list.nodes); },
                   [](const caf::error&) { CAF_FAIL("no answer"); });
    return found;
  }

  /// Names of the other nodes in that state.
  std::vector<std::string> names(node_state state) {
    std::vector<std::string> found;
    for (const auto& each : nodes())
      if (each.state == state)
        found.push_back(each.who.name);
    return found;
  }

  bool is_linked(const std::string& name) {
    const auto up = names(node_state::up);
    return std::ranges::find(up, name) != up.end();
  }

  std::shared_ptr<fake_cluster_network> network = std::make_shared<fake_cluster_network>();
  lane_home home{here, nullptr};
  cluster_actor uut = ends(spawn_cluster(home));
};

}  // namespace ability
