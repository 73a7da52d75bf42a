/// What the actors of one node share: where each of them lives. Immutable once the actors are started.
#pragma once

#include <atomic>
#include <caf/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "actors/accepted_broadcast.hpp"
#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/lane.hpp"

namespace ability {

struct node;

/// One lane with the actors that every lane has.
struct lane_home {
  explicit lane_home(node& where, lane* thread) : here{where}, runs_on{thread} {}

  node& here;
  lane* runs_on;  ///< null in tests
  directory_actor directory;
  registry_actor registry;
  lane_counters counters;
};

/// Options that actors need.
struct node_settings {
  bool public_access = false;                              ///< anyone may connect and follow any stream
  std::size_t max_subscriptions = 1'000;                   ///< of one connection
  std::size_t max_pending_broadcasts = 10'000;             ///< bound of the ingress gate
  std::size_t max_pending_bytes = std::size_t{256} << 20;  ///< bound of the ingress gate
};

/// One running daemon, as its actors see it. Outlives them.
struct node {
  node(caf::actor_system& actors, const node_settings& how)
      : system{actors}, settings{how}, gate{how.max_pending_broadcasts, how.max_pending_bytes} {}

  caf::actor_system& system;
  const node_settings settings;
  ingress_gate gate;
  std::atomic<std::uint64_t> unclaimed_deliveries{0};  ///< frames for connections that had ended by then
  std::vector<std::unique_ptr<lane_home>> lanes;

  /// The lane whose directory knows `stream`.
  std::size_t lane_of(std::string_view stream) const { return std::hash<std::string_view>{}(stream) % lanes.size(); }

  /// The directory that knows `stream`.
  const directory_actor& directory_of(std::string_view stream) const { return lanes[lane_of(stream)]->directory; }
};

}  // namespace ability
