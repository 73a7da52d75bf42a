/// The graceful shutdown of a daemon's clients.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/node/node.hpp"
#include "apps/abilityd/client_drain.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// Time limits of the steps of a shutdown.
struct shutdown_limits {
  std::chrono::milliseconds delay{};       ///< time in which clients are served as before, new ones too
  std::chrono::milliseconds timeout{};     ///< time after `delay` until the process has ended
  std::chrono::milliseconds last_bytes{};  ///< time limit for a client to receive its last bytes after it was told
};

/// Closes clients one by one; publications in the meantime reach the remaining ones. Then input stops, all accepted
/// broadcasts are delivered, and the remaining clients are told. All arguments outlive this. Used on the thread of
/// `io`, except `tell_application`.
class graceful_shutdown {
public:
  graceful_shutdown(node& here, const std::vector<std::unique_ptr<lane_context>>& contexts,
                    boost::asio::io_context& io);
  ~graceful_shutdown();
  graceful_shutdown(const graceful_shutdown&) = delete;
  graceful_shutdown& operator=(const graceful_shutdown&) = delete;

  /// `stop_taking` is called to stop all input. `done` is called on any lane's thread once no client is left. Called
  /// once.
  void begin(const shutdown_limits& limits, client_drain& clients, std::function<void()> stop_taking,
             supervisor_actor supervisor, std::function<void()> done);

  /// Begins without closing clients one by one, for a daemon that cannot go on.
  void begin_at_once(const shutdown_limits& limits, std::function<void()> stop_taking, supervisor_actor supervisor,
                     std::function<void()> done);

  /// Reports the clients that have just left to the application and waits for it, within the time limit. Call after
  /// `done`, on a thread that belongs to no lane.
  void tell_application();

  /// The time left for the steps that follow the clients' end.
  std::chrono::milliseconds time_left() const;

private:
  using clock = std::chrono::steady_clock;

  void set(const shutdown_limits& limits, std::function<void()> stop_taking, supervisor_actor supervisor,
           std::function<void()> done);
  void stop();
  void disconnect_everybody();
  void close_everything();
  void on_each_lane(const std::function<void(lane_context&)>& what);

  node& here_;
  const std::vector<std::unique_ptr<lane_context>>& contexts_;
  std::function<void()> stop_taking_;
  supervisor_actor supervisor_;
  std::function<void()> done_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer delivered_;
  clock::time_point sockets_until_;
  clock::time_point application_until_;
  clock::time_point until_;
  std::atomic<std::size_t> lanes_with_outboxes_{0};
};

}  // namespace ability
