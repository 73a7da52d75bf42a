/// Feeds sent unasked to a watching monitoring program, as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/monitor/answers.hpp"
#include "protocol/monitor/event_kind.hpp"

namespace ability {

/// Rates per second.
struct rates_report {
  double connects = 0;
  double disconnects = 0;
  double messages_in = 0;
  double broadcasts = 0;
  double deliveries = 0;
  double bytes_in = 0;
  double bytes_out = 0;
};

struct snapshot_report {
  std::int64_t at_ms = 0;  ///< since 1970
  double interval_s = 0;   ///< seconds since the previous snapshot
  std::string node;
  std::uint64_t connections = 0;
  std::uint64_t streams = 0;
  std::uint64_t pending_broadcasts = 0;
  named_totals counters;
  rates_report rates;      ///< of the interval
  latency_report latency;  ///< of the interval
  double cpu_s = 0;        ///< CPU seconds of the process since its start
  std::uint64_t rss_bytes = 0;
};

std::string encode_snapshot(const snapshot_report& what);

/// One event as JSON, for `encode_events`.
std::string encode_event(event_kind what, std::int64_t at_ms, std::string_view subject, std::string_view detail);

/// Events as written by `encode_event`, and the number of events dropped since the previous feed.
std::string encode_events(std::int64_t at_ms, std::string_view node, std::uint64_t dropped,
                          const std::vector<std::string_view>& events);

}  // namespace ability
