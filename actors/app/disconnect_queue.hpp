/// The disconnect queue: tells the application of ended connections.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "actors/app/messages.hpp"
#include "actors/node/node.hpp"

namespace ability {

/// A bounded queue in front of the app_server. Its rate is limited, so that mass disconnects do not delay calls for new
/// clients. While the application is unreachable, only calls beyond the bound are lost.
class disconnector_state {
public:
  static constexpr const char* name = "ability.disconnector";
  static constexpr std::size_t max_under_way = 16;
  static constexpr std::chrono::seconds retry_after{1};

  explicit disconnector_state(disconnector_actor::pointer self) : self_{self} {}
  disconnector_state(const disconnector_state&) = delete;
  disconnector_state& operator=(const disconnector_state&) = delete;
  ~disconnector_state();

  void start(lane_home& home, app_server_actor application);
  disconnector_actor::behavior_type make_behavior();

private:
  using time_point = std::chrono::steady_clock::time_point;
  using request_ptr = std::shared_ptr<const rpc_request>;

  void add(request_ptr request);
  void call_next();
  void call(const request_ptr& request);
  void finish(const request_ptr& request, const rpc_outcome& outcome);
  void come_back_at(time_point when);
  void show_size();

  disconnector_actor::pointer self_;
  lane_home* home_ = nullptr;
  app_server_actor application_;
  std::deque<request_ptr> queue_;
  std::size_t under_way_ = 0;
  time_point next_{};  // earliest time of the next call
  bool waking_ = false;
  std::optional<caf::typed_response_promise<disconnects_done>> drained_;
};

/// Spawns the actor on the lane of `home`.
disconnector_actor spawn_disconnector(lane_home& home, app_server_actor application);

}  // namespace ability
