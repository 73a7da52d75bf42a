/// The cluster actor of a node whose network and other nodes the test plays. Include it last.
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

/// A node of that name, whose uuid is one digit again and again, at an address of its own.
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

  /// The number of the latest attempt to dial `address`; 0: there was none since this was asked last.
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
    caf::anon_send(uut, node_knocks{who, door});
    consume_messages();
    return door;
  }

  std::shared_ptr<fake_door> answer(std::uint64_t attempt, const member& who) {
    auto door = std::make_shared<fake_door>();
    caf::anon_send(uut, node_answers{attempt, who, door});
    consume_messages();
    return door;
  }

  void fails(std::uint64_t attempt, std::string code = "unreachable") {
    caf::anon_send(uut, dial_failed{attempt, {std::move(code), "a sentence"}});
    consume_messages();
  }

  /// Another node that is linked, or about to be.
  struct peer {
    std::shared_ptr<fake_door> door;
    link_actor link;
    std::shared_ptr<fake_passage> way;
    std::shared_ptr<told_remote> heard;
    caf::actor remote;
  };

  /// The connection behind a door that was opened is up; nothing was said on it.
  peer connect(std::shared_ptr<fake_door> door, bool dialled) {
    CAF_REQUIRE_EQUAL(door->let_in.size(), 1u);
    auto heard = std::make_shared<told_remote>();
    const auto link = door->let_in.front();
    auto way = std::make_shared<fake_passage>(link);
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

  /// A node that has dialled us and is linked.
  peer comes(const member& who) {
    auto one = connect(knock(who), false);
    say_beat(one);
    return one;
  }

  /// A node that we have dialled by `attempt`, and that is linked.
  peer is_reached(std::uint64_t attempt, const member& who) {
    auto one = connect(answer(attempt, who), true);
    say_beat(one);
    return one;
  }

  void breaks(const peer& which) {
    which.way->breaks("reset by peer");
    consume_messages();
  }

  /// What the other node was last told of members, and forgets; empty: nothing since.
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

  /// Lets virtual time pass; `living` say that they live.
  void pass(std::chrono::milliseconds time, const std::vector<peer>& living = {}) {
    for (std::chrono::milliseconds passed{0}; passed < time; passed += std::chrono::milliseconds{50}) {
      advance_time(std::chrono::milliseconds{50});
      consume_messages();
      for (const auto& each : living)
        say_beat(each);
    }
  }

  // -- what the cluster knows

  std::vector<node_facts> nodes() {
    auto answer = self->request(uut, caf::infinite, list_nodes{});
    consume_messages();
    std::vector<node_facts> found;
    answer.receive([&](node_list& list) { found = std::move(list.nodes); },
                   [](const caf::error&) { CAF_FAIL("no answer"); });
    return found;
  }

  /// Names of other nodes in that state.
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
