/// Helpers shared by answers and snapshots. Internal to `protocol/monitor/`.
#pragma once

#include "protocol/json/json_writer.hpp"
#include "protocol/monitor/answers.hpp"

namespace ability {

inline void write_totals(json_writer& to, const named_totals& totals) {
  to.key("counters").open('{');
  for (const auto& [name, total] : totals)
    to.member(name, total);
  to.close('}');
}

inline void write_latency(json_writer& to, const latency_report& latency) {
  to.key("latency")
      .open('{')
      .member("p50_ms", latency.p50_ms)
      .member("p90_ms", latency.p90_ms)
      .member("p99_ms", latency.p99_ms)
      .close('}');
}

}  // namespace ability
