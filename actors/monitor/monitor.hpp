/// The monitor actor: queries and commands of monitoring programs, and their feed.
#pragma once

#include <memory>

#include "actors/messages.hpp"
#include "actors/monitor/query_runner.hpp"
#include "actors/monitor/watch_feed.hpp"
#include "actors/node/control.hpp"
#include "actors/node/node.hpp"

namespace ability {

/// Queries the node's actors on behalf of monitor sessions, and feeds those that watch. Programs cannot address it.
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

/// Spawns the actor on the lane of `home`, the cluster's; store it in `node::monitor`. It sends nothing on its own
/// while no program watches. `control` outlives it.
monitor_actor spawn_monitor(lane_home& home, node_control& control);

}  // namespace ability
