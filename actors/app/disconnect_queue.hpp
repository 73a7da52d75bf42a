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
class disconnect_queue_state {
public:
  static constexpr const char* name = "ability.disconnect_queue";
  static constexpr std::size_t max_under_way = 16;
  static constexpr std::chrono::seconds retry_after{1};

  explicit disconnect_queue_state(disconnect_queue_actor::pointer self) : self_{self} {}
  disconnect_queue_state(const disconnect_queue_state&) = delete;
  disconnect_queue_state& operator=(const disconnect_queue_state&) = delete;
  ~disconnect_queue_state();

  void start(lane_home& home, app_server_actor application);
  disconnect_queue_actor::behavior_type make_behavior();

private:
  using time_point = std::chrono::steady_clock::time_point;

  void add(connection_left news);
  void call_next();
  void call(const connection_left& news);
  void finish(const connection_left& news, const rpc_outcome& outcome);
  void come_back_at(time_point when);
  void show_size();

  disconnect_queue_actor::pointer self_;
  lane_home* home_ = nullptr;
  app_server_actor application_;
  std::deque<connection_left> queue_;
  std::size_t under_way_ = 0;
  time_point next_{};  // earliest time of the next call
  bool waking_ = false;
  std::optional<caf::typed_response_promise<disconnects_done>> drained_;
};

/// Spawns the actor on the lane of `home`.
disconnect_queue_actor spawn_disconnect_queue(lane_home& home, app_server_actor application);

}  // namespace ability
