/// Measurements and counts of clients: on a lane, in a process, and of a whole run.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "apps/load/report/histogram.hpp"
#include "apps/load/scenario/tally.hpp"

namespace ability::load {

/// Measurements. Times are nanoseconds of the monotonic clock.
struct measurements {
  tallies total{};
  histogram latency;  ///< from the scheduled publication to the arrival of a delivery (coordinated omission corrected)
  histogram unhurried;  ///< from the actual publication to the arrival
  histogram connect;    ///< from the start of the TCP connect to the admission of the client
  histogram subscribe;  ///< from the request to the confirmation
  histogram publish;    ///< from the scheduled publication to the answer
  histogram lateness;   ///< of publishers: from the scheduled to the actual publication
  histogram lag;        ///< of the generator's lanes behind their own clock
  std::uint64_t bytes_received = 0;
};

void merge(measurements& into, const measurements& other);

/// Outcome of the clients of one group.
struct group_outcome {
  std::uint64_t completed = 0;                    ///< clients that did all their steps
  std::map<std::string, std::uint64_t> troubles;  ///< clients by trouble (`connection refused`, ...)
};

/// Name for all troubles beyond the number that is reported.
inline constexpr const char* other_troubles = "something else";

/// Counts clients with a trouble. A group has at most 64 kinds of trouble, and `other_troubles`.
void add_trouble(group_outcome& to, const std::string& what, std::uint64_t clients);

void merge(group_outcome& into, const group_outcome& other);

}  // namespace ability::load
