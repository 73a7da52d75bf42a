/// The lane context of sessions: the lane, its actors and the settings for clients.
#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "actors/node/node.hpp"
#include "config/settings/edge_settings.hpp"
#include "net/io/tls.hpp"
#include "net/lane/io_lane.hpp"

namespace ability {

/// The kinds of requests that a listener serves.
enum class service : std::uint8_t {
  clients = 1,     ///< WebSocket, page
  broadcasts = 2,  ///< publications
  all = 3,
  fly = 4,         ///< FlyRPC over TCP only
  operations = 5,  ///< health and metrics
};

class metric_families;

/// State shared by all lanes.
struct shared_limits {
  std::atomic<std::size_t> connections{0};       ///< of clients, including those not yet accepted
  std::atomic<std::size_t> sockets{0};           ///< of clients and publishers
  std::atomic<std::size_t> probes{0};            ///< sockets of `service::operations`
  std::atomic<std::size_t> unfinished_bytes{0};  ///< see `unfinished_share`
  std::atomic<bool> serving{false};              ///< clients have been accepted since the start
  std::atomic<bool> leaving{false};   ///< balancers should send no more clients; those that come are still served
  std::atomic<bool> draining{false};  ///< no new clients are accepted
  std::atomic<bool> stopping{false};  ///< sessions end as soon as they can
  std::vector<std::function<void(metric_families&)>> metric_sources;  ///< for the metrics page; set before any session
};

/// A session that the daemon ends when it stops; leaves the list when it is destroyed.
class stoppable : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                          boost::intrusive::tag<class stoppable>> {
public:
  virtual void stop() = 0;

protected:
  ~stoppable() = default;
};

class backend_pool;
struct client_protocol;

/// The context of one lane. Outlives its sessions; use on the lane's thread, except `shared`.
struct lane_context {
  io_lane& lane;
  lane_home& home;
  edge_settings settings;  ///< the lane's own copy, replaced on SIGHUP
  shared_limits& shared;
  const std::vector<client_protocol>* protocols = nullptr;  ///< over WebSocket; null: none
  backend_pool* backends = nullptr;  ///< null: no backends for FlyRPC clients; lives until the actors have ended
  boost::intrusive::list<stoppable, boost::intrusive::base_hook<stoppable::list_base_hook>,
                         boost::intrusive::constant_time_size<false>>
      stoppables{};
};

/// Sockets beyond `max_sockets` that get a refusal, or may ask for the node's health; further ones are closed at once.
inline constexpr std::size_t spare_sockets = 32;

/// Sockets for health and metrics at their own port; further ones are closed at once.
inline constexpr std::size_t max_probes = 32;

/// True if sockets are so scarce that idle ones are not kept.
inline bool is_crowded(const lane_context& where, service serves) noexcept {
  if (serves == service::operations)
    return where.shared.probes.load(std::memory_order_relaxed) > max_probes / 2;
  const auto most = where.settings.max_sockets;
  return most != 0 && where.shared.sockets.load(std::memory_order_relaxed) > most;
}

/// Why one more client is refused; empty if accepted. `has_socket`: the client has its own, unlike over UDP.
inline std::string_view why_no_room(const lane_context& where, bool has_socket = true) noexcept {
  if (has_socket && is_crowded(where, service::clients))
    return "too many connections";
  if (where.shared.draining.load(std::memory_order_relaxed))
    return "the server is draining";
  const auto most = where.settings.max_connections;
  return most == 0 || where.shared.connections.load(std::memory_order_relaxed) < most ? "" : "too many connections";
}

/// The same reason, for the log and counters.
inline refusal_reason reason_of_no_room(const lane_context& where) noexcept {
  return where.shared.draining.load(std::memory_order_relaxed) ? refusal_reason::client_draining
                                                               : refusal_reason::client_full;
}

}  // namespace ability
