#include "tests/load/harness/report/measurements.hpp"

namespace ability::load {

void merge(measurements& into, const measurements& other) {
  add_counts(into.total, other.total);
  into.latency.merge(other.latency);
  into.unhurried.merge(other.unhurried);
  into.connect.merge(other.connect);
  into.subscribe.merge(other.subscribe);
  into.publish.merge(other.publish);
  into.lateness.merge(other.lateness);
  into.lag.merge(other.lag);
  into.bytes_received += other.bytes_received;
}

void merge(group_outcome& into, const group_outcome& other) {
  into.completed += other.completed;
  for (const auto& [what, clients] : other.troubles)
    into.troubles[what] += clients;
}

}  // namespace ability::load
