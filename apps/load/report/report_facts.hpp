/// Figures derived from a report, for all its views.
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

/// `count` with thousands separators: `1,203`.
std::string with_commas(std::uint64_t count);

/// The range of an assertion: `0`, `at least 5`, `at most 7`, `5 to 7`, `anything`.
std::string wanted(const assertion& what);

/// The outcome in one sentence: `Failed: lost is 3, which had to be 0.`
std::string headline(const run_report& report);

/// The most frequent trouble, and its number of clients in all groups. Empty if there was none.
std::optional<std::pair<std::string, std::uint64_t>> most_met(const run_report& report);

/// The time from the first second with deliveries (without any: with publications) to the last.
struct busy_time {
  double from_s = 0;
  double to_s = 0;
  std::uint64_t delivered = 0;
  /// Rates from the first second with such an event to the last: deliveries may begin late or end early.
  std::optional<double> published_per_s;
  std::optional<double> delivered_per_s;
  std::optional<double> server_cpu_s;  ///< CPU time of the server in the busy time
};
/// Empty if nothing was published or delivered, or if the seconds are unknown.
std::optional<busy_time> busy_time_of(const run_report& report);

/// Resource use of the server.
struct server_use {
  std::optional<double> cpu_s;                ///< in the whole run
  std::optional<double> cpu_us_per_delivery;  ///< in the busy time, in microseconds
  std::int64_t rss_before = 0;                ///< bytes; the first known value
  std::int64_t rss_after = 0;                 ///< bytes; the last known value
  std::int64_t rss_most = 0;
  std::int64_t descriptors_before = -1;  ///< -1: unknown
  std::int64_t descriptors_after = -1;
};
/// Empty if the server was not observed or could not be.
std::optional<server_use> server_use_of(const run_report& report);

/// The same time in at most `most` steps of an equal number of seconds. Counts are added and histograms merged; of
/// the other figures a step has the mean (cores), the largest (lag) or the last.
std::vector<second> in_steps(const std::vector<second>& seconds, std::size_t most);

}  // namespace ability::load
