/// Drain and shutdown of a daemon on request of signals and monitoring programs.
#pragma once

#include <atomic>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/node/control.hpp"
#include "apps/abilityd/client_drain.hpp"
#include "apps/abilityd/listeners.hpp"
#include "apps/abilityd/shutdown.hpp"
#include "net/lane/io_lane.hpp"

namespace ability {

/// Runs on `control`, a thread without clients, so that signals are handled even if a lane hangs. All arguments
/// outlive this.
class daemon_control final : public node_control {
public:
  daemon_control(node& here, shared_limits& shared, const std::vector<std::unique_ptr<lane_context>>& contexts,
                 listeners& doors, io_lane& control, const shutdown_limits& limits);
  daemon_control(const daemon_control&) = delete;
  daemon_control& operator=(const daemon_control&) = delete;

  /// Starts to handle signals; SIGHUP calls `reload`. Call before `control` runs.
  void start(supervisor_actor supervisor, std::function<void()> reload);

  /// Replaces the limits. On the thread of `control`.
  void use(const shutdown_limits& limits) { limits_ = limits; }

  /// Stops the daemon after an actor failed that it cannot work without. Any thread.
  void fail();

  /// True once the shutdown has begun. Any thread.
  bool is_ending() const noexcept { return ending_; }

  /// Waits until a shutdown was requested and no client is left. Returns the exit code. Called once.
  int await_last_client() { return ended_.get_future().get(); }

  /// Forwarded to `graceful_shutdown`; call after `await_last_client`.
  void tell_application() { shutdown_.tell_application(); }
  std::chrono::milliseconds time_left() const { return shutdown_.time_left(); }

  /// Gives up the supervisor. Call after `await_last_client`.
  supervisor_actor release_supervisor() { return std::exchange(supervisor_, nullptr); }

  // Requests of the monitor; any thread.
  bool drain(std::chrono::seconds within, std::optional<std::chrono::seconds> notice, bool reconnect) override;
  bool undrain() override;
  log_level set_log_level(log_level lowest) override { return ability::set_log_level(lowest); }
  std::string_view state() const override;

private:
  using clock = std::chrono::steady_clock;

  void wait_for_signals();
  void on_signal(int signal);
  void stop(int exit_code);
  void stop_taking();

  shared_limits& shared_;
  listeners& doors_;
  boost::asio::io_context& io_;
  shutdown_limits limits_;
  client_drain clients_;
  graceful_shutdown shutdown_;
  supervisor_actor supervisor_;
  std::function<void()> reload_;
  std::optional<boost::asio::signal_set> signals_;
  std::atomic<bool> ending_{false};
  clock::time_point signalled_{};
  std::promise<int> ended_;
};

}  // namespace ability
