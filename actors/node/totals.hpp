/// The node's counters as everybody calls them: sums over the lanes, each read without a lock, so that they may show a
/// part of a broadcast that is under way. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/answers.hpp"

namespace ability {

/// A total that only grows.
struct named_total {
  std::string_view name;  ///< of the metric, without `ability_` and `_total`
  const char* help;
  std::uint64_t value;
};

/// All of them, in the order in which they are shown; those of calls only if there is an application.
std::vector<named_total> totals_of(const node& here);

/// Frames of broadcasts meant for clients, by what became of them: `name` is the outcome.
/// `published = delivered + dropped(reason) + pending` holds over these.
std::vector<named_total> delivery_outcomes(const node& here);

/// How often each `limit` was reached that has no total of its own: `name` is the limit's.
std::vector<named_total> limit_hits(const node& here);

/// `totals_of` and, as `deliveries_…` and `limit_hits_…`, `delivery_outcomes` and `limit_hits`.
named_totals all_counters(const node& here);

/// Of one counter.
std::uint64_t total_of(const node& here, counter lane_counters::*which);

/// The refusals for one reason: the index of a `refusal_reason`.
std::uint64_t refusals_of(const node& here, std::size_t reason);

/// Connections that were let in and have not ended.
std::uint64_t open_connections(const node& here);

/// Streams that are followed.
std::uint64_t open_streams(const node& here);

/// What became of a call to the application, by the index of `app_counters`.
std::string_view name_of_outcome(std::size_t index);

/// Broadcasts by latency, one number per bucket.
using latency_counts = std::array<std::uint64_t, histogram<latency_bounds>::buckets>;

latency_counts count_latency(const node& here);

/// What came between two counts.
latency_counts difference(const latency_counts& now, const latency_counts& before);

/// The latency that `share` (0 to 1) of them did not exceed, in seconds: as if those within one bucket were spread
/// evenly. Of those above all bounds nothing more than the last bound is known. None if there were none.
std::optional<double> percentile(const latency_counts& counts, double share);

/// The percentiles that are shown.
latency_report report_latency(const latency_counts& counts);

}  // namespace ability
