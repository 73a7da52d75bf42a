/// The monitor actor: what monitoring programs get to see of the node, and what they may order.
#pragma once

#include <memory>

#include "actors/messages.hpp"
#include "actors/monitor/query_runner.hpp"
#include "actors/monitor/watch_feed.hpp"
#include "actors/node/control.hpp"
#include "actors/node/node.hpp"

namespace ability {

/// Asks the node's actors on behalf of visitors, and feeds those that watch. No program can name it.
class monitor_state {
public:
  static constexpr const char* name = "ability.monitor";

  explicit monitor_state(monitor_actor::pointer self) : self_{self} {}
  monitor_state(const monitor_state&) = delete;
  monitor_state& operator=(const monitor_state&) = delete;

  void start(lane_home& home, node_control& control);
  monitor_actor::behavior_type make_behavior();

private:
  monitor_actor::pointer self_;
  std::shared_ptr<monitor_desk> desk_;
  std::unique_ptr<monitor_feed> feed_;
};

/// Spawns the actor on the lane of `home`, the cluster's; it belongs into `node::monitor`. It sends nothing by itself
/// while nobody watches. `control` outlives it.
monitor_actor spawn_monitor(lane_home& home, node_control& control);

}  // namespace ability
