/// What is measured and counted wherever there are clients: on a lane, in a process, and in all of a run.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "apps/load/report/histogram.hpp"
#include "apps/load/scenario/tally.hpp"

namespace ability::load {

/// Times are nanoseconds of the monotonic clock.
struct measurements {
  tallies total{};
  histogram
      latency;  ///< of a delivery: from when it was to be published to its arrival (coordinated omission corrected)
  histogram unhurried;  ///< the same from when it was really sent
  histogram connect;    ///< from the beginning, before TCP connects, to being let in
  histogram subscribe;  ///< from asking to the confirmation
  histogram publish;    ///< from when it was to be published to the answer
  histogram lateness;   ///< of publishers: from when a publication was to be sent to when it was
  histogram lag;        ///< of the generator's lanes behind their own clock
  std::uint64_t bytes_received = 0;
};

void merge(measurements& into, const measurements& other);

/// What became of clients of one group.
struct group_outcome {
  std::uint64_t completed = 0;                    ///< did all their steps
  std::map<std::string, std::uint64_t> troubles;  ///< what they met (`connection refused`, ...) → how many clients
};

/// Stands for all troubles that are too many to be told one by one.
inline constexpr const char* other_troubles = "something else";

/// Counts clients that met something. A group has at most 64 kinds of trouble, and `other_troubles`.
void add_trouble(group_outcome& to, const std::string& what, std::uint64_t clients);

void merge(group_outcome& into, const group_outcome& other);

}  // namespace ability::load
