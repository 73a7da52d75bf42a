/// Whether the generator could do what was asked of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "apps/load/report/histogram.hpp"

namespace ability::load {

/// Judges one process by the seconds in which it had load: those in which something was published, performed or
/// delivered. It was the bottleneck if
///
/// - the 99th percentile of its lanes' lag behind their own clock was over 50 ms, looked at each 10 ms until clients
///   are dismissed: times of arrival are that much too late, or
/// - in more than a fifth of these seconds, and in two of them at least, a lane used over 95 % of a core: it then gives
///   the pace, not the server.
///
/// How late publications go is not judged: a server that answers slowly holds them up as well.
class generator_health {
public:
  static constexpr std::int64_t most_lag_ns = 50'000'000;
  static constexpr double most_of_a_core = 0.95;
  static constexpr double most_busy_seconds = 0.2;

  /// A second has passed; `busiest_lane` is the share of a core that one used.
  void add(bool had_load, double busiest_lane, const histogram& lag);

  /// A sentence on why the generator was the bottleneck, and what to do about it. None: it was not.
  std::optional<std::string> why_limited() const;

private:
  std::size_t seconds_ = 0;
  std::size_t busy_ = 0;
  histogram lag_;
};

}  // namespace ability::load
