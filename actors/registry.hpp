/// The registry actor: the connections of one lane.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>

#include "actors/messages.hpp"
#include "actors/node.hpp"

namespace ability {

/// Finds connections by identity. Identities are kept as hashes: a connection that is found compares its own.
class registry_state {
public:
  static constexpr const char* name = "ability.registry";

  explicit registry_state(registry_actor::pointer self) : self_{self} {}
  registry_state(const registry_state&) = delete;
  registry_state& operator=(const registry_state&) = delete;

  void start(lane_home&) {}
  registry_actor::behavior_type make_behavior();

private:
  void add(const connection_opened& news);
  void remove(const connection_closed& news);
  void disconnect(const disconnect_identity& order);
  void disconnect(const disconnect_all& order);

  registry_actor::pointer self_;
  std::unordered_multimap<std::size_t, connection_actor> connections_;
  std::optional<disconnect_all> closed_;  // set once everybody was disconnected: who comes later is too
};

/// Spawns the registry of a lane.
registry_actor spawn_registry(lane_home& home);

}  // namespace ability
