/// Common bookkeeping of the ways to publish: outcomes of batches, and silence of the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/load/links/lane_timers.hpp"
#include "apps/load/links/publish_link.hpp"

namespace ability::load {

/// Collects outcomes until `tell`, which a link calls last because it may be destroyed by it.
class publish_answers {
public:
  explicit publish_answers(publish_callback told) : told_{std::make_shared<const publish_callback>(std::move(told))} {}

  /// Adds the outcome of the oldest `batches`. `refused`: the reason, or empty. Consecutive equal outcomes are merged
  /// into one `publish_news`.
  void add(std::size_t batches, const std::string& refused);
  /// Reports the outcomes. The callback may destroy this.
  void tell();

private:
  std::shared_ptr<const publish_callback> told_;
  std::vector<publish_news> news_;
};

/// Checks every `patience_ns` whether a server that owes answers is silent.
class silence_watch {
public:
  /// `look(silent)`: true if the server sent nothing in that time. It may call `watch`, and destroy this.
  silence_watch(lane_timers& timers, std::function<void(bool silent)> look) : timers_{timers}, look_{std::move(look)} {}

  void heard() noexcept { heard_ns_ = monotonic_ns(); }
  /// Schedules a check. Only one is pending at a time, because answers are far more frequent than failures.
  void watch();
  void stop() noexcept { clock_ = nullptr; }

private:
  lane_timers& timers_;
  std::function<void(bool)> look_;
  std::int64_t heard_ns_ = 0;
  std::unique_ptr<timer_ticket> clock_;
};

}  // namespace ability::load
