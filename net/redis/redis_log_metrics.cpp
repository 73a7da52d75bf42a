#include "net/redis/redis_log_metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/metrics/metric_families.hpp"

namespace ability {

namespace {

template <class Get>
std::uint64_t sum_over_lanes(const node& here, Get get) {
  std::uint64_t sum = 0;
  for (const auto& lane : here.lanes)
    sum += get(lane->counters.redis).get();
  return sum;
}

}  // namespace

void collect_redis_logs(const node& here, metric_families& into) {
  using c = redis_counters;
  const auto add = [&](const char* name, const char* help, counter c::*which) {
    into.add_counter(
        name, help,
        static_cast<double>(sum_over_lanes(here, [which](const c& all) -> const counter& { return all.*which; })));
  };
  const auto show = [&](const char* name, const char* help, gauge c::*which) {
    into.add_gauge(
        name, help,
        static_cast<double>(sum_over_lanes(here, [which](const c& all) -> const gauge& { return all.*which; })));
  };
  add("ability_redis_connects_total", "Connections to Redis that came up, for logs", &c::connects);
  add("ability_redis_connection_failures_total", "Connections to Redis that failed or broke, for logs", &c::failures);
  add("ability_redis_commands_total", "Commands sent to Redis", &c::commands);
  show("ability_redis_pending_commands", "Commands to Redis without an answer yet", &c::under_way);
  show("ability_redis_pending_bytes", "Bytes of these commands", &c::bytes_under_way);
  add("ability_redis_repeated_total", "Broadcasts sent to Redis again as the answer was lost", &c::repeated);
  add("ability_redis_maps_total", "Maps of the slots of a Redis Cluster that were read", &c::maps);
  add("ability_redis_map_failures_total", "Searches for such a map without success", &c::map_failures);
  show("ability_redis_servers", "Redis servers that are kept connected, once for each lane", &c::servers);
  show("ability_redis_waiting_commands", "Commands that wait until their server is known, or their keys are there",
       &c::waiting);
  const auto sum = [&](counter c::*which) {
    return sum_over_lanes(here, [which](const c& all) -> const counter& { return all.*which; });
  };
  into.add_labelled(
      "ability_redis_redirects_total", "Commands that a Redis Cluster has not run where they were sent", "kind",
      {{"moved", "", sum(&c::moved)}, {"ask", "", sum(&c::asked)}, {"try_again", "", sum(&c::tried_again)}});
  add("ability_redis_filled_total", "Broadcasts read from a log as their messages were lost", &c::filled);
  add("ability_redis_gaps_total", "Times that broadcasts of a stream may be lost, as its log does not have them",
      &c::gaps);
  add("ability_redis_malformed_total", "Messages on channels of streams, and entries of logs, that are no broadcasts",
      &c::malformed_news);
  std::vector<named_total> failed;
  failed.reserve(redis_failures);
  for (std::size_t i = 0; i < redis_failures; ++i)
    failed.push_back({name_of(static_cast<redis_failure>(i)), "",
                      sum_over_lanes(here, [i](const c& all) -> const counter& { return all.failed[i]; })});
  into.add_labelled("ability_redis_failed_commands_total", "Commands to Redis without success", "reason", failed);
}

}  // namespace ability
