/// The node's counters under their public names: sums over the lanes. They are read without a lock, so a broadcast
/// under way may be counted in part. Any thread.
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
  std::string_view name;  ///< metric name without `ability_` and `_total`
  const char* help;
  std::uint64_t value;
};

/// All totals in display order; those of calls only if there is an application.
std::vector<named_total> totals_of(const node& here);

/// Frames of broadcasts meant for clients, by outcome; `name` is the outcome.
/// `deliveries_started = delivered + excluded + dropped_closed + pending` holds over these.
std::vector<named_total> delivery_outcomes(const node& here);

/// Requests for the history of a stream, by outcome; `name` is the `history_outcome`.
std::vector<named_total> history_answers(const node& here);

/// How often each `limit` without a total of its own was reached; `name` is the limit's.
std::vector<named_total> limit_hits(const node& here);

/// Refused demands for an earlier session; `name` is the reason.
std::vector<named_total> session_refusals_of(const node& here);

/// `totals_of` and, as `deliveries_…`, `history_answers_…`, `limit_hits_…` and `sessions_refused_…`,
/// `delivery_outcomes`, `history_answers`, `limit_hits` and `session_refusals_of`.
named_totals all_counters(const node& here);

/// Sum of one counter over the lanes.
std::uint64_t total_of(const node& here, counter lane_counters::*which);

/// Sum of one gauge over the lanes.
std::uint64_t sum_of(const node& here, gauge lane_counters::*which);

/// Refusals for one reason; `reason` is the index of a `refusal_reason`.
std::uint64_t refusals_of(const node& here, std::size_t reason);

/// Connections that were admitted and have not ended.
std::uint64_t open_connections(const node& here);

/// Streams with subscribers.
std::uint64_t open_streams(const node& here);

/// Number of members that are present now, in all streams; in streams that nodes share, of sessions of this node.
std::uint64_t present_members(const node& here);

/// Name of the outcome of a call, by its index in `app_counters`.
std::string_view name_of_outcome(std::size_t index);

/// Broadcasts by latency, one number per bucket.
using latency_counts = std::array<std::uint64_t, histogram<latency_bounds>::buckets>;

latency_counts count_latency(const node& here);

/// Broadcasts between two counts.
latency_counts difference(const latency_counts& now, const latency_counts& before);

/// Latency in seconds that `share` (0 to 1) of the broadcasts did not exceed, interpolated evenly within a bucket.
/// Above the last bound, the result is that bound. None if there were no broadcasts.
std::optional<double> percentile(const latency_counts& counts, double share);

/// The percentiles that are reported.
latency_report report_latency(const latency_counts& counts);

}  // namespace ability
