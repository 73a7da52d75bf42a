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
#include "actors/node.hpp"
#include "net/edge.hpp"

namespace ability {

/// Has all that was accepted delivered, then everybody told to leave, in `limit` at most. All that is given outlives
/// this.
class departure {
public:
  departure(const node& here, const std::vector<std::unique_ptr<edge>>& edges, std::chrono::milliseconds limit);
  departure(const departure&) = delete;
  departure& operator=(const departure&) = delete;

  /// `done` is called, on any lane's thread, once no client is left. Nothing comes in any more. On the first lane's
  /// thread, once.
  void begin(supervisor_actor supervisor, std::function<void()> done);

  /// The application hears of all that have just left, as far as there is time: waits for it. Behind `done`, on a
  /// thread that is no lane's.
  void tell_application();

private:
  using clock = std::chrono::steady_clock;

  void disconnect_when_delivered();
  void disconnect_everybody();
  void close_everything();
  void on_each_lane(const std::function<void(edge&)>& what);
  boost::asio::io_context& io() { return edges_.front()->lane.io(); }

  const node& here_;
  const std::vector<std::unique_ptr<edge>>& edges_;
  const std::chrono::milliseconds limit_;
  supervisor_actor supervisor_;
  std::function<void()> done_;
  std::optional<boost::asio::steady_timer> deadline_;
  std::optional<boost::asio::steady_timer> delivered_;
  clock::time_point delivered_by_;
  clock::time_point stop_by_;
  std::atomic<std::size_t> lanes_with_outlets_{0};
};

}  // namespace ability
