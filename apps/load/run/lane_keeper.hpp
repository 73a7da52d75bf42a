/// The observer of one lane of the generator.
#pragma once

#include <cstdint>
#include <memory>

#include "apps/load/clients/lane_desk.hpp"

namespace ability::load {

/// Measures the lag of the lane's clock every 10 ms, and reports the counts of its clients.
class lane_keeper {
public:
  static constexpr const char* name = "ability.load.keeper";
  static constexpr std::int64_t tick_ns = 10'000'000;

  explicit lane_keeper(lane_keeper_actor::pointer self) : self_{self} {}
  lane_keeper(const lane_keeper&) = delete;
  lane_keeper& operator=(const lane_keeper&) = delete;

  void start(lane_desk& desk) { desk_ = &desk; }
  lane_keeper_actor::behavior_type make_behavior();

private:
  void wait_for_tick();
  void on_tick();
  void give();

  lane_keeper_actor::pointer self_;
  lane_desk* desk_ = nullptr;
  std::unique_ptr<timer_ticket> ticket_;
  std::int64_t due_ns_ = 0;
  std::int64_t given_ns_ = 0;
  std::int64_t cpu_ns_ = 0;
};

}  // namespace ability::load
