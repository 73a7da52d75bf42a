/// Orders in which actors could handle their messages, picked at random.
#pragma once

#include <algorithm>
#include <caf/scheduler/test_coordinator.hpp>
#include <cstddef>
#include <random>

namespace ability {

/// A sample of the orders, for scenarios with too many of them. The same seed gives the same orders.
class random_order {
public:
  random_order(caf::scheduler::test_coordinator& sched, unsigned seed) : sched_{sched}, random_{seed} {}

  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_); }

  /// Has one of the actors with messages handle its first one.
  void step() {
    auto& jobs = sched_.jobs;
    const auto place = jobs.begin() + static_cast<std::ptrdiff_t>(below(jobs.size()));
    std::rotate(jobs.begin(), place, place + 1);
    sched_.run_once();
  }

  /// Calls `step` until no message is left.
  void settle() {
    while (sched_.has_job())
      step();
  }

private:
  caf::scheduler::test_coordinator& sched_;
  std::mt19937 random_;
};

}  // namespace ability
