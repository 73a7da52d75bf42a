/// Drain: sends the clients of a node away, so that other nodes can take them over.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "actors/node/node.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// Drains in three steps, visible in `shared_limits`. `leaving`: health pages report "not ready", but all clients are
/// served, new ones too, until a load balancer has noticed. `draining`: new clients are refused and accepted
/// broadcasts are delivered. Then all clients are told to leave, evenly over a time. The process stays. Used on the
/// thread of `io`; all arguments outlive this.
class client_drain {
public:
  /// Duration of the steps.
  struct plan {
    std::chrono::milliseconds notice{};  ///< time in which new clients are still accepted
    std::chrono::milliseconds within{};  ///< time after `notice` until the last client is told
    bool reconnect = true;               ///< tell clients to reconnect, to another node
  };

  client_drain(node& here, shared_limits& shared, boost::asio::io_context& io);
  ~client_drain();
  client_drain(const client_drain&) = delete;
  client_drain& operator=(const client_drain&) = delete;

  /// Replaces a drain that is under way. `done`, which may be null, is called once no client is left or all were
  /// told.
  void begin(const plan& how, std::function<void()> done = nullptr);

  /// Accepts clients again and sends no more away.
  void cancel();

private:
  void refuse_new();
  void say_goodbye();
  void finish();
  void after(std::chrono::milliseconds delay, void (client_drain::*then)());
  std::function<void()> end_of_wait();

  node& here_;
  shared_limits& shared_;
  boost::asio::steady_timer timer_;
  std::uint64_t step_ = 0;  // the awaited step
  plan how_;
  std::function<void()> done_;
};

}  // namespace ability
