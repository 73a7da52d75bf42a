#include "actors/monitor/monitor.hpp"

#include <caf/system_messages.hpp>

#include "actors/runtime/pinned.hpp"

namespace ability {

void monitor_state::start(lane_home& home, node_control& control) {
  desk_ = std::make_shared<monitor_desk>(self_, home, control);
  feed_ = std::make_unique<monitor_feed>(self_, home.here);
}

monitor_actor::behavior_type monitor_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& lost) { feed_->forget(lost.source); });
  return {
      [this](const ask_monitor& question) { return desk_->take(question); },
      [this](const watch_node& wish) { return feed_->add(wish); },
      [this](const unwatch_node& wish) { feed_->forget(wish.visitor.address()); },
      [this](const happened& event) { feed_->take(event); },
      [this](const snapshot_due& due) { feed_->tell_snapshot(due); },
      [this](events_due) { feed_->tell_events(); },
      [this](const patience_over& alarm) { desk_->ring(alarm); },
  };
}

monitor_actor spawn_monitor(lane_home& home, node_control& control) {
  return spawn_on<monitor_actor, monitor_state>(home.here.system, home.runs_on, home, control);
}

}  // namespace ability
