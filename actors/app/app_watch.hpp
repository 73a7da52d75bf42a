/// The app_watch actor: checks whether the application can be reached.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "actors/app/app_server.hpp"
#include "actors/node/node.hpp"

namespace ability {

/// Checks once a second. An application that has answered since the last check is up; otherwise its transport is
/// probed. The result is in `app_counters::reach`.
class app_watch_state {
public:
  static constexpr const char* name = "ability.app_watch";
  static constexpr std::chrono::milliseconds interval{1'000};
  static constexpr std::chrono::milliseconds probe_timeout{2'000};

  explicit app_watch_state(app_watch_actor::pointer self) : self_{self} {}
  app_watch_state(const app_watch_state&) = delete;
  app_watch_state& operator=(const app_watch_state&) = delete;

  void start(lane_home& home, std::shared_ptr<app_transport> transport);
  app_watch_actor::behavior_type make_behavior();

private:
  void look();
  void found(const probe_outcome& what);

  app_watch_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<app_transport> transport_;
  std::uint64_t answers_ = 0;   // at the last check
  std::uint64_t failures_ = 0;  // at the last check
  bool probing_ = false;
  std::shared_ptr<probe_outcome> probed_;  // written by the last probe before it reported its end
};

/// Spawns the actor on the lane of `home`, on which `transport` is called.
app_watch_actor spawn_app_watch(lane_home& home, std::shared_ptr<app_transport> transport);

}  // namespace ability
