/// The shared state of a node's actors. Handles do not change once actors run; the rest is atomic or has one writer.
#pragma once

#include <array>
#include <atomic>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/broadcast/accepted_broadcast.hpp"
#include "actors/interfaces.hpp"
#include "actors/node/cluster_refusal.hpp"
#include "actors/node/counters.hpp"
#include "actors/node/logged_streams.hpp"
#include "actors/node/recent_objects.hpp"
#include "actors/node/refusal_log.hpp"
#include "actors/runtime/clock_and_seed.hpp"
#include "actors/runtime/lane.hpp"
#include "actors/runtime/random_source.hpp"
#include "config/settings/node_settings.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

class log_store;
class presence_store;
class session_vault;
struct node;

/// One lane with the actors that every lane has.
struct lane_home {
  explicit lane_home(node& where, lane* thread);

  node& here;
  lane* runs_on;  ///< null in tests
  /// The lane's own copy; only its thread reads and replaces it (on SIGHUP), so that no lane waits for another. For
  /// `cluster`, use `node::settings`.
  node_settings settings;
  directory_actor directory;
  registry_actor registry;
  sessions_actor sessions;
  lane_counters counters;
  logged_streams logged;
  std::shared_ptr<log_store> store;         ///< logs that nodes share; null: logs are in the memory of the node
  std::shared_ptr<presence_store> members;  ///< those that nodes share; null: members are in the memory of the node
  std::shared_ptr<session_vault> vault;     ///< those that nodes share; null: sessions are in the memory of the node
  refusal_log refusals{runs_on};
  recent_objects recent;  ///< used by the lane's thread only
  random_source random;   ///< used by the lane's thread only
};

/// State of the subscription to Redis, or of the consumer of a Redis stream.
enum class redis_state : std::uint8_t {
  off,  ///< Redis is not configured
  connected,
  lost,  ///< or not connected yet
};

/// One running daemon, as its actors see it. Outlives them.
struct node {
  node(caf::actor_system& actors, const node_settings& how, clock_and_seed given)
      : system{actors},
        settings{how},
        gate{how.max_pending_broadcasts, how.max_pending_bytes},
        wall_clock{std::move(given.wall_clock)},
        seeds{given.seed} {}

  /// Steady time, by the clock that delivers delayed messages: in tests, virtual time. Any thread.
  std::chrono::steady_clock::time_point now() const { return system.clock().now(); }

  caf::actor_system& system;
  node_settings settings;  ///< settings at the start, unchanged once actors exist; see `lane_home::settings`
  ingress_gate gate;
  std::function<std::chrono::system_clock::time_point()> wall_clock;  ///< tells the time of day to any thread
  random_source seeds;  ///< of the lanes' random sources; used while lanes are made, on one thread
  std::atomic<std::uint64_t> unclaimed_deliveries{0};  ///< frames for connections that had ended by then
  ability::app_counters app_counters;
  ability::cluster_counters cluster_counters;
  std::atomic<redis_state> redis{redis_state::off};
  dependency_counters redis_reach;
  std::atomic<redis_state> redis_stream{redis_state::off};  ///< of the consumer of a stream with publications
  dependency_counters redis_stream_reach;
  std::atomic<std::size_t> stores_up{0};  ///< lanes that reach the store of shared logs
  /// Steady time from which on a refusal of that kind by the store is logged again.
  std::array<std::atomic<std::chrono::steady_clock::rep>, redis_failures> redis_refusal_due{};
  app_server_actor app_server;              ///< null: there is no application
  disconnect_queue_actor disconnect_queue;  ///< null: there is no application
  cluster_actor cluster;                    ///< null: there are no other nodes
  /// Not `none`: the other nodes refuse this one for a lasting cause, so it is not ready. Any thread may read it.
  std::atomic<refusal_cause> refused_for{refusal_cause::none};
  ability::key_counters key_counters;            ///< written by the token_source only
  token_source_actor token_source;               ///< null in tests: only the keys of the settings exist
  monitor_actor monitor;                         ///< null: no monitoring program may attach
  std::atomic<std::uint32_t> watched_events{0};  ///< a bit for each `event_kind` that a program watches
  std::vector<std::unique_ptr<lane_home>> lanes;
  const lane_home* cluster_lane = nullptr;  ///< its counters are added to the totals; null: there is none

  /// Index of the lane whose directory holds the stream `name`, or whose sessions actor the session.
  std::size_t lane_of(std::string_view name) const { return std::hash<std::string_view>{}(name) % lanes.size(); }

  /// The directory that holds `stream`.
  const directory_actor& directory_of(std::string_view stream) const { return lanes[lane_of(stream)]->directory; }

  /// The sessions actor that keeps the session `sid`.
  const sessions_actor& sessions_of(std::string_view sid) const { return lanes[lane_of(sid)]->sessions; }

  // On their own cache line, apart from data that every message reads: all lanes write these while a program watches.
  alignas(64) std::atomic<std::uint32_t> events_in_flight{0};  ///< on their way to the monitor
  std::atomic<std::uint64_t> events_dropped{0};                ///< above the limit, and not yet reported to watchers
};

inline lane_home::lane_home(node& where, lane* thread)
    : here{where}, runs_on{thread}, settings{where.settings}, random{where.seeds.next_seed()} {}

}  // namespace ability
