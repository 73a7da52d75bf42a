#include "net/redis/redis_stream_metrics.hpp"

#include "net/metrics/metric_families.hpp"

namespace ability {

void collect_redis_stream(const node& here, metric_families& into) {
  const auto& of = here.lanes.front()->counters.entries;
  const auto add = [&](const char* name, const char* help, const counter& which) {
    into.add_counter(name, help, static_cast<double>(which.get()));
  };
  add("ability_redisx_read_total", "Entries of the Redis stream that this node has taken", of.read);
  add("ability_redisx_acknowledged_total", "Of these, published and acknowledged, or unreadable", of.acknowledged);
  add("ability_redisx_claimed_total", "Entries taken over from nodes that had not acknowledged them in time",
      of.claimed);
  add("ability_redisx_unreadable_total", "Entries that are no publication, or too large", of.unreadable);
  add("ability_redisx_gone_total", "Entries that somebody had deleted before they were read", of.gone);
  add("ability_redisx_retried_total", "Entries published again, as a log had not taken them", of.retried);
  add("ability_redisx_given_up_total", "Entries that were not published, as their log refused them again and again",
      of.given_up);
  into.add_gauge("ability_redisx_pending_num", "Entries taken and not acknowledged yet",
                 static_cast<double>(of.pending.get()));
}

}  // namespace ability
