/// Shared state of one lane's virtual clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "apps/load/clients/load_actors.hpp"
#include "apps/load/clients/stream_table.hpp"
#include "apps/load/links/network.hpp"
#include "apps/load/report/measurements.hpp"
#include "apps/load/scenario/run_plan.hpp"
#include "apps/load/scenario/tally.hpp"

namespace ability::load {

/// Counts of a lane since they were last handed over.
struct lane_counts : measurements {
  std::int64_t longest_lag_ns = 0;
  std::uint64_t connections = 0;      ///< open ones, now
  std::int64_t cpu_ns = 0;            ///< CPU time of the lane's thread
  std::int64_t elapsed_ns = 0;        ///< time since the last counts
  std::vector<group_outcome> groups;  ///< empty: no client had a trouble or left
};

/// Used on its lane only; outlives the lane's clients.
struct lane_desk {
  network& net;
  stream_table& streams;
  const run_plan& plan;
  conductor_actor conductor{};
  lane_counts counts{};
  bool is_over = false;  ///< clients leave: no measurement depends on the lane's clock any more

  group_outcome& group(std::size_t which) {
    counts.groups.resize(plan.groups.size());
    return counts.groups[which];
  }
  void count(tally what, std::uint64_t times = 1) noexcept { count_of(counts.total, what) += times; }
};

}  // namespace ability::load
