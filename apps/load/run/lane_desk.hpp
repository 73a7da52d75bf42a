/// What the virtual clients of one lane have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "apps/load/links/network.hpp"
#include "apps/load/report/measurements.hpp"
#include "apps/load/run/load_actors.hpp"
#include "apps/load/run/run_plan.hpp"
#include "apps/load/run/stream_table.hpp"
#include "apps/load/scenario/tally.hpp"

namespace ability::load {

/// What was counted on a lane since it was last handed over.
struct lane_counts : measurements {
  std::int64_t longest_lag_ns = 0;
  std::uint64_t connections = 0;      ///< now
  std::int64_t cpu_ns = 0;            ///< that the lane's thread used
  std::int64_t elapsed_ns = 0;        ///< meanwhile
  std::vector<group_outcome> groups;  ///< empty: nobody met anything, or left
};

/// Used on its lane only; outlives the lane's clients.
struct lane_desk {
  network& net;
  stream_table& streams;
  const run_plan& plan;
  conductor_actor conductor{};
  lane_counts counts{};
  bool is_over = false;  ///< clients go: nothing that is measured depends on the lane's clock any more

  group_outcome& group(std::size_t which) {
    counts.groups.resize(plan.groups.size());
    return counts.groups[which];
  }
  void count(tally what, std::uint64_t times = 1) noexcept { count_of(counts.total, what) += times; }
};

}  // namespace ability::load
