/// What the actors of one node share: where each of them lives. Immutable once the actors are started.
#pragma once

#include <atomic>
#include <caf/fwd.hpp>
#include <chrono>
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
#include "protocol/cluster/link_packet.hpp"
#include "protocol/cluster/member.hpp"
#include "protocol/jwt.hpp"
#include "protocol/stream_channels.hpp"

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

/// Which connections the application is told of when they end.
enum class disconnect_mode : std::uint8_t {
  automatic,  ///< those that it let in, or that it was asked about
  always,
  never,
};

/// Options of calls to the application.
struct app_settings {
  std::size_t concurrency = 28;                      ///< calls at a time
  std::size_t max_waiting = 100'000;                 ///< calls that wait for their turn; more are refused
  std::chrono::milliseconds command_timeout{3'000};  ///< of a call with all its retries
  std::chrono::milliseconds request_timeout{3'000};  ///< of one attempt; 0: what is left of `command_timeout`
  disconnect_mode disconnects = disconnect_mode::automatic;
  unsigned disconnect_rate = 100;            ///< `disconnect` calls a second
  std::size_t disconnect_backlog = 100'000;  ///< `disconnect` calls that wait; more are dropped
};

/// Options of the cluster.
struct cluster_settings {
  bool on = false;                                        ///< whether there are other nodes
  member self = {};                                       ///< of this node
  std::vector<std::string> join = {};                     ///< `host:port` of nodes to dial, for ever
  std::size_t max_pending_bytes = std::size_t{64} << 20;  ///< that wait for one link's window; what comes then is lost
  std::size_t max_packet_bytes = max_link_packet_size;    ///< a publication that takes more is lost
};

/// Options of the monitor.
struct monitor_settings {
  bool on = false;                  ///< whether programs may attach
  std::string read_secret = {};     ///< asked of who reads; empty: anyone who may attach
  std::string command_secret = {};  ///< asked of who commands; empty: nobody may
};

/// Options that actors need.
struct node_settings {
  bool public_access = false;                     ///< anyone may connect
  std::shared_ptr<const token_keys> tokens = {};  ///< null: tokens are not looked at
  bool token_required = false;                    ///< nobody gets in without one
  stream_channel_settings streams = {};           ///< which streams clients may name
  app_settings app = {};
  cluster_settings cluster = {};
  monitor_settings monitor = {};
  unsigned max_commands_per_second = 0;                    ///< of one connection; 0: no limit
  std::size_t max_subscriptions = 1'000;                   ///< of one connection
  std::size_t max_pending_broadcasts = 10'000;             ///< bound of the ingress gate
  std::size_t max_pending_bytes = std::size_t{256} << 20;  ///< bound of the ingress gate
};

/// What has become of the subscription to Redis.
enum class redis_state : std::uint8_t {
  off,  ///< there is none
  connected,
  lost,  ///< or not there yet
};

/// One running daemon, as its actors see it. Outlives them.
struct node {
  node(caf::actor_system& actors, const node_settings& how)
      : system{actors}, settings{how}, gate{how.max_pending_broadcasts, how.max_pending_bytes} {}

  caf::actor_system& system;
  node_settings settings;  ///< unchanged once there are actors
  ingress_gate gate;
  std::atomic<std::uint64_t> unclaimed_deliveries{0};  ///< frames for connections that had ended by then
  ability::app_counters app_counters;
  ability::cluster_counters cluster_counters;
  std::atomic<redis_state> redis{redis_state::off};
  app_server_actor app_server;                   ///< null: there is no application
  disconnector_actor disconnector;               ///< null: there is no application
  cluster_actor cluster;                         ///< null: there are no other nodes
  monitor_actor monitor;                         ///< null: nobody may attach
  std::atomic<std::uint32_t> watched_events{0};  ///< a bit for each `event_kind` that a program watches for
  std::vector<std::unique_ptr<lane_home>> lanes;
  const lane_home* cluster_lane = nullptr;  ///< whose counters count, too; null: there is none

  /// The lane whose directory knows `stream`.
  std::size_t lane_of(std::string_view stream) const { return std::hash<std::string_view>{}(stream) % lanes.size(); }

  /// The directory that knows `stream`.
  const directory_actor& directory_of(std::string_view stream) const { return lanes[lane_of(stream)]->directory; }

  // Apart from what every message reads: all lanes write these while somebody watches.
  alignas(64) std::atomic<std::uint32_t> events_in_flight{0};  ///< on their way to the monitor
  std::atomic<std::uint64_t> events_dropped{0};                ///< because too many were, and no watcher was told yet
};

}  // namespace ability
