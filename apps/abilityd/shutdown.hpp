/// How a daemon that stops takes leave of its clients.
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

/// How long the steps of an end may take.
struct departure_limits {
  std::chrono::milliseconds delay{};       ///< in which clients are served as before, new ones too
  std::chrono::milliseconds timeout{};     ///< behind it, until the process has ended
  std::chrono::milliseconds last_bytes{};  ///< that a client takes at most, once it was told
};

/// Has clients leave one by one; what is published meanwhile reaches those that are still there. Then nothing comes in
/// any more, all that was accepted is delivered, and whoever is left is told. All that is given outlives this. Used on
/// the thread of `io`, but for `tell_application`.
class departure {
public:
  departure(const node& here, const std::vector<std::unique_ptr<edge>>& edges, boost::asio::io_context& io);
  departure(const departure&) = delete;
  departure& operator=(const departure&) = delete;

  /// `stop_taking` is called when nothing is to come in any more, and `done`, on any lane's thread, once no client is
  /// left. Called once.
  void begin(const departure_limits& limits, client_drain& clients, std::function<void()> stop_taking,
             supervisor_actor supervisor, std::function<void()> done);

  /// The same, without waiting for clients to leave one by one, as when the daemon cannot go on.
  void begin_at_once(const departure_limits& limits, std::function<void()> stop_taking, supervisor_actor supervisor,
                     std::function<void()> done);

  /// The application hears of all that have just left, as far as there is time: waits for it. Behind `done`, on a
  /// thread that is no lane's.
  void tell_application();

  /// The time that is left for the steps behind the clients.
  std::chrono::milliseconds time_left() const;

private:
  using clock = std::chrono::steady_clock;

  void set(const departure_limits& limits, std::function<void()> stop_taking, supervisor_actor supervisor,
           std::function<void()> done);
  void stop();
  void disconnect_when_delivered();
  void disconnect_everybody();
  void close_everything();
  void on_each_lane(const std::function<void(edge&)>& what);

  const node& here_;
  const std::vector<std::unique_ptr<edge>>& edges_;
  std::function<void()> stop_taking_;
  supervisor_actor supervisor_;
  std::function<void()> done_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer delivered_;
  clock::time_point delivered_by_;
  clock::time_point sockets_until_;
  clock::time_point application_until_;
  clock::time_point until_;
  std::atomic<std::size_t> lanes_with_outlets_{0};
};

}  // namespace ability
