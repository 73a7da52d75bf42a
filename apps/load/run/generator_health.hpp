/// The health of the generator: whether it was the bottleneck.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "apps/load/report/histogram.hpp"

namespace ability::load {

/// Judges one process by its seconds with load: those with publications, actions or deliveries. The generator was the
/// bottleneck if
///
/// - the 99th percentile of its lanes' lag behind their own clock was over 50 ms, measured every 10 ms until clients
///   are dismissed: times of arrival are that much too late, or
/// - a lane used over 95 % of a core in more than a fifth of these seconds, and in at least two of them: then the
///   lane limits the rate, not the server.
///
/// Late publications are not judged, because a slow server delays them as well.
class generator_health {
public:
  static constexpr std::int64_t most_lag_ns = 50'000'000;
  static constexpr double most_of_a_core = 0.95;
  static constexpr double most_busy_seconds = 0.2;

  /// Adds a second; `busiest_lane` is the share of a core that the busiest lane used.
  void add(bool had_load, double busiest_lane, const histogram& lag);

  /// A sentence with the reason and a remedy, if the generator was the bottleneck; empty otherwise.
  std::optional<std::string> why_limited() const;

private:
  std::size_t seconds_ = 0;
  std::size_t busy_ = 0;
  histogram lag_;
};

}  // namespace ability::load
