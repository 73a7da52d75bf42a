#include "net/redis/redis_session_metrics.hpp"

#include "actors/node/totals.hpp"
#include "net/metrics/metric_families.hpp"

namespace ability {

void collect_redis_sessions(const node& here, metric_families& into) {
  using c = lane_counters;
  const auto add = [&](const char* name, const char* help, counter c::*which) {
    into.add_counter(name, help, static_cast<double>(total_of(here, which)));
  };
  into.add_gauge("ability_sessions_shared_num",
                 "Sessions of all nodes without a connection, in Redis, whose clients may come back",
                 static_cast<double>(sum_of(here, &c::sessions_in_vault)));
  add("ability_sessions_shared_total", "Sessions without a connection that were put into Redis", &c::sessions_shared);
  add("ability_sessions_moved_total", "Sessions that another node had by the time at which their connection ended",
      &c::sessions_moved);
  add("ability_sessions_unregistered_total", "Times that Redis could not be told of a session with a connection",
      &c::sessions_unregistered);
  add("ability_sessions_freed_total", "Sessions of nodes that have died, found by this node", &c::sessions_freed);
  add("ability_sessions_malformed_total", "Sessions in Redis that could not be read", &c::sessions_malformed);
  add("ability_session_leases_lost_total", "Times that other nodes took this one to be dead, or Redis lost it",
      &c::session_leases_lost);
}

}  // namespace ability
