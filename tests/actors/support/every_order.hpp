/// All orders in which actors could handle their messages.
#pragma once

#include <algorithm>
#include <caf/scheduler/test_coordinator.hpp>
#include <cstddef>
#include <utility>
#include <vector>

namespace ability {

/// Plays one scenario repeatedly, until each order of its messages has occurred once:
///
///     every_order orders{sched};
///     do {
///       ... send messages ...
///       orders.settle();
///       ... check, and undo ...
///     } while (orders.next());
///
/// REQUIRES that a scenario depends on nothing but the order.
class every_order {
public:
  explicit every_order(caf::scheduler::test_coordinator& sched) : sched_{sched} {}

  /// Has one of the actors with messages handle its first one, until no message is left.
  void settle() {
    while (sched_.has_job())
      step();
  }

  /// Begins the next order. False if there is none.
  bool next() {
    ++rounds_;
    depth_ = 0;
    while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().of)
      choices_.pop_back();
    if (choices_.empty())
      return false;
    ++choices_.back().taken;
    return true;
  }

  /// Number of orders played so far.
  std::size_t rounds() const noexcept { return rounds_; }

private:
  struct choice {
    std::size_t taken;
    std::size_t of;
  };

  void step() {
    auto& jobs = sched_.jobs;
    if (depth_ == choices_.size())
      choices_.push_back({0, jobs.size()});
    const auto place = jobs.begin() + static_cast<std::ptrdiff_t>(choices_[depth_++].taken);
    std::rotate(jobs.begin(), place, place + 1);
    sched_.run_once();
  }

  caf::scheduler::test_coordinator& sched_;
  std::vector<choice> choices_;  // the current order
  std::size_t depth_ = 0;        // number of its choices made so far
  std::size_t rounds_ = 0;
};

}  // namespace ability
