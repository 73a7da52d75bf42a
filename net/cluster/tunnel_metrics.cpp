#include "net/cluster/tunnel_metrics.hpp"

#include "net/cluster/tunnel_counters.hpp"
#include "net/metrics/metric_families.hpp"

namespace ability {

void collect(const tunnel_counters& of, metric_families& into) {
  into.add_counter("ability_tunnel_accepted_total",
                   "Connections of nodes and monitoring programs, whatever became of them",
                   static_cast<double>(of.accepted.get()));
  into.add_labelled("ability_tunnel_refused_total", "Of these, not let in, or not left in", "reason", of.refused,
                    [](std::size_t i) { return name_of(static_cast<tunnel_refusal>(i)); });
  into.add_counter("ability_tunnel_dropped_msg_total", "Messages dropped that such a peer has no business sending",
                   static_cast<double>(of.dropped.get()));
}

}  // namespace ability
