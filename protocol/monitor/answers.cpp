#include "protocol/monitor/answers.hpp"

#include <array>

#include "protocol/json/json_writer.hpp"
#include "protocol/monitor/write_totals.hpp"

namespace ability {

namespace {

constexpr std::array<std::string_view, 7> error_codes{"unknown_verb", "bad_arguments", "not_found", "login_required",
                                                      "wrong_secret", "not_allowed",   "busy"};

}  // namespace

std::string encode_failure(monitor_error code, std::string_view message) {
  std::string json;
  json_writer{json}
      .open('{')
      .key("error")
      .open('{')
      .member("code", error_codes[static_cast<std::size_t>(code)])
      .member("message", message)
      .close('}')
      .close('}');
  return json;
}

std::string encode_login(bool may_read, bool may_command) {
  std::string json;
  json_writer{json}.open('{').member("may_read", may_read).member("may_command", may_command).close('}');
  return json;
}

std::string encode_status(const status_report& what) {
  std::string json;
  json_writer out{json};
  out.open('{').key("node").open('{');
  out.member("name", what.name)
      .member("uuid", what.uuid)
      .member("address", what.address)
      .member("version", what.version)
      .member("pid", what.pid)
      .member("started_ms", what.started_ms)
      .member("uptime_s", what.uptime_s)
      .close('}');
  out.member("state", what.state)
      .member("lanes", what.lanes)
      .member("connections", what.connections)
      .member("streams", what.streams)
      .member("pending_broadcasts", what.pending_broadcasts)
      .key("cluster");
  if (what.cluster_nodes)
    out.open('{').member("nodes", *what.cluster_nodes).close('}');
  else
    out.raw("null");
  out.member("redis", what.redis).member("app_server", what.app_server);
  write_totals(out, what.counters);
  write_latency(out, what.latency);
  out.close('}');
  return json;
}

std::string encode_nodes(const std::vector<node_line>& nodes) {
  std::string json;
  json_writer out{json};
  out.open('{').key("nodes").open('[');
  for (const auto& each : nodes)
    out.open('{')
        .member("name", each.name)
        .member("uuid", each.uuid)
        .member("address", each.address)
        .member("state", each.state)
        .member("since_s", each.since_s)
        .member("dialled_by_us", each.dialled_by_us)
        .member("streams", each.streams)
        .member("sent", each.sent)
        .member("received", each.received)
        .member("bytes_sent", each.bytes_sent)
        .member("bytes_received", each.bytes_received)
        .member("waiting_bytes", each.waiting_bytes)
        .member("lost", each.lost)
        .member("round_trip_ms", each.round_trip_ms)
        .close('}');
  out.close(']').close('}');
  return json;
}

std::string encode_watching(bool watching) {
  std::string json;
  json_writer{json}.open('{').member("watching", watching).close('}');
  return json;
}

std::string encode_disconnected(std::size_t connections) {
  std::string json;
  json_writer{json}.open('{').member("disconnected", connections).close('}');
  return json;
}

std::string encode_ordered() { return R"({"ordered":true})"; }

std::string encode_draining(std::uint64_t connections) {
  std::string json;
  json_writer{json}.open('{').member("draining", true).member("connections", connections).close('}');
  return json;
}

std::string encode_undrained() { return R"({"draining":false})"; }

std::string encode_log_level(std::string_view level, std::string_view was) {
  std::string json;
  json_writer{json}.open('{').member("level", level).member("was", was).close('}');
  return json;
}

}  // namespace ability
