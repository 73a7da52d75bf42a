#include "apps/load/report/measurements.hpp"

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

void add_trouble(group_outcome& to, const std::string& what, std::uint64_t clients) {
  static constexpr std::size_t max_kinds = 64;
  const bool fits = to.troubles.size() < max_kinds || to.troubles.contains(what);
  to.troubles[fits ? what : other_troubles] += clients;
}

void merge(group_outcome& into, const group_outcome& other) {
  into.completed += other.completed;
  for (const auto& [what, clients] : other.troubles)
    add_trouble(into, what, clients);
}

}  // namespace ability::load
