#include "protocol/monitor/feeds.hpp"

#include "protocol/json/json_writer.hpp"
#include "protocol/monitor/write_totals.hpp"

namespace ability {

std::string encode_snapshot(const snapshot_report& what) {
  std::string json;
  json_writer out{json};
  out.open('{')
      .member("at_ms", what.at_ms)
      .member("interval_s", what.interval_s)
      .member("node", what.node)
      .member("connections", what.connections)
      .member("streams", what.streams)
      .member("pending_broadcasts", what.pending_broadcasts);
  write_totals(out, what.counters);
  out.key("rates")
      .open('{')
      .member("connects", what.rates.connects)
      .member("disconnects", what.rates.disconnects)
      .member("messages_in", what.rates.messages_in)
      .member("broadcasts", what.rates.broadcasts)
      .member("deliveries", what.rates.deliveries)
      .member("bytes_in", what.rates.bytes_in)
      .member("bytes_out", what.rates.bytes_out)
      .close('}');
  write_latency(out, what.latency);
  out.member("cpu_s", what.cpu_s).member("rss_bytes", what.rss_bytes).close('}');
  return json;
}

std::string encode_event(event_kind what, std::int64_t at_ms, std::string_view subject, std::string_view detail) {
  std::string json;
  json_writer{json}
      .open('{')
      .member("kind", name_of(what))
      .member("at_ms", at_ms)
      .member("subject", subject)
      .member("detail", detail)
      .close('}');
  return json;
}

std::string encode_events(std::int64_t at_ms, std::string_view node, std::uint64_t dropped,
                          const std::vector<std::string_view>& events) {
  std::string json;
  json_writer out{json};
  out.open('{').member("at_ms", at_ms).member("node", node).member("dropped", dropped).key("events").open('[');
  for (const auto event : events)
    out.raw(event);
  out.close(']').close('}');
  return json;
}

}  // namespace ability
