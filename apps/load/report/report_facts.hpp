/// What a report comes to, for all that show it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

inline double ms_of(std::int64_t ns) noexcept { return static_cast<double>(ns) / 1e6; }
inline double ms_of(double ns) noexcept { return ns / 1e6; }

/// `1,203`.
std::string with_commas(std::uint64_t count);

/// What an assertion asks for: `0`, `at least 5`, `at most 7`, `5 to 7`, `anything`.
std::string wanted(const assertion& what);

/// The outcome in one sentence: `Failed: lost is 3, which had to be 0.`
std::string headline(const run_report& report);

/// What most clients met, and how many of all groups did. Nothing: nobody met anything.
std::optional<std::pair<std::string, std::uint64_t>> most_met(const run_report& report);

/// From the first second in which something was delivered (or, if nothing was, published) to the last.
struct busy_time {
  double from_s = 0;
  double to_s = 0;
  std::uint64_t delivered = 0;
  /// Each from the first second in which there was one to the last: deliveries may begin late or end early.
  std::optional<double> published_per_s;
  std::optional<double> delivered_per_s;
  std::optional<double> server_cpu_s;  ///< in it
};
/// Nothing: nothing was published or delivered, or seconds are not known.
std::optional<busy_time> busy_time_of(const run_report& report);

/// What the server used.
struct server_use {
  std::optional<double> cpu_s;                ///< in the whole run
  std::optional<double> cpu_us_per_delivery;  ///< in the busy time, in microseconds
  std::int64_t rss_before = 0;                ///< bytes; the first that is known
  std::int64_t rss_after = 0;                 ///< the last that is known
  std::int64_t rss_most = 0;
  std::int64_t descriptors_before = -1;  ///< -1: not known
  std::int64_t descriptors_after = -1;
};
/// Nothing: nobody looked at it, or it could not be seen.
std::optional<server_use> server_use_of(const run_report& report);

/// The same time in at most `most` steps of the same number of seconds each: counts are added, histograms merged, and
/// of the rest the mean (cores), the largest (lag) or the last is taken.
std::vector<second> in_steps(const std::vector<second>& seconds, std::size_t most);

}  // namespace ability::load
