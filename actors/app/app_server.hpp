/// The app_server actor: makes every call to the application.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "actors/app/circuit_breaker.hpp"
#include "actors/app/messages.hpp"
#include "actors/app/reachability.hpp"
#include "actors/node/node.hpp"
#include "protocol/app_rpc/app_rpc.hpp"

namespace ability {

/// The result of a probe of the application.
struct probe_outcome {
  probe_outcome(reachability found, std::string at = {}, std::string reason = {})
      : state{found}, address{std::move(at)}, why{std::move(reason)} {}

  reachability state;
  std::string address;  ///< address that was probed, without a secret; empty unless `away`
  std::string why;      ///< failure of the probe; empty unless `away`
};

/// The transport to the application: HTTP, gRPC or a FlyRPC link. `net/` implements it, tests fake it.
class app_transport {
public:
  virtual ~app_transport() = default;

  /// Makes one attempt that ends within `timeout`, then calls `done` once, on any thread. Called on the actor's lane,
  /// with at most `app_settings::concurrency` calls under way.
  virtual void call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
                    std::function<void(rpc_outcome)> done) = 0;

  /// Checks whether the application can be reached, without a call; `done` is called once, on any thread, within
  /// `timeout`. An open connection is sufficient unless `afresh`. Called on the lane of `call`, with at most one probe
  /// under way.
  virtual void probe(bool afresh, std::chrono::milliseconds timeout, std::function<void(probe_outcome)> done) = 0;

  /// Replaces the secret that is sent to the application; does nothing if the transport uses none. Any thread.
  virtual void use_secret(std::string) {}  // NOLINT(performance-unnecessary-value-param): transports keep it

  /// Drops all connections; calls under way end as `unavailable`. No call follows.
  virtual void stop() = 0;
};

/// Bounds the calls at a time; others wait in order. A call that did not reach the application is retried with backoff
/// and delays no other call. When most calls fail, the breaker fails all calls at once for a while.
class app_server_state {
public:
  static constexpr const char* name = "ability.app_server";
  static constexpr std::chrono::milliseconds first_retry{100};           ///< after `unavailable`; doubles
  static constexpr std::chrono::milliseconds first_exhausted_retry{10};  ///< after `exhausted`; doubles

  explicit app_server_state(app_server_actor::pointer self) : self_{self} {}
  app_server_state(const app_server_state&) = delete;
  app_server_state& operator=(const app_server_state&) = delete;
  ~app_server_state();

  void start(lane_home& home, std::shared_ptr<app_transport> transport);
  app_server_actor::behavior_type make_behavior();

private:
  using time_point = std::chrono::steady_clock::time_point;

  struct call {
    std::weak_ptr<const rpc_request> request;
    caf::typed_response_promise<app_answer> promise;
    unsigned retries = 0;
    time_point started = {};                       // start of the first attempt
    std::shared_ptr<const rpc_request> kept = {};  // set while an attempt is under way
  };

  caf::typed_response_promise<app_answer> take(const app_call& question);
  void start_waiting();
  void attempt(call next, std::shared_ptr<const rpc_request> request);
  void finish_attempt(const app_replied& news);
  bool retry(call& failed, const rpc_request& request, const rpc_error& why);
  void finish(call& ended, const rpc_request& request, std::shared_ptr<rpc_outcome> outcome);
  void cancel(call& abandoned);
  void end_all();
  void show_pending();

  app_server_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<app_transport> transport_;
  circuit_breaker breaker_;
  std::uint64_t last_id_ = 0;
  std::deque<call> waiting_;
  std::unordered_map<std::uint64_t, call> under_way_;
  std::unordered_map<std::uint64_t, call> backing_off_;
};

/// Spawns the actor on the lane of `home`.
app_server_actor spawn_app_server(lane_home& home, std::shared_ptr<app_transport> transport);

}  // namespace ability
