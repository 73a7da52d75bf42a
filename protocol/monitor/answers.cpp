#include "protocol/monitor/answers.hpp"

#include <array>

#include "protocol/monitor/json_writer.hpp"
#include "protocol/monitor/write_totals.hpp"
#include "protocol/utf8.hpp"

namespace ability {

namespace {

constexpr std::array<std::string_view, 7> error_codes{"unknown_verb", "bad_arguments", "not_found", "login_required",
                                                      "wrong_secret", "not_allowed",   "busy"};

void write_identity(json_writer& to, const connection_line& line) {
  to.member("id", shown(line.id))
      .member("identity", shown(line.identity))
      .member("transport", line.transport)
      .member("connected_s", line.connected_s);
}

void write_counts(json_writer& to, const stream_line& line) {
  to.member("name", shown(line.name))
      .member("subscribers", line.subscribers)
      .member("gaps", line.gaps)
      .member("lost", line.lost);
}

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

std::string encode_log_level(std::string_view level, std::string_view was) {
  std::string json;
  json_writer{json}.open('{').member("level", level).member("was", was).close('}');
  return json;
}

std::string encode_connection(const connection_line& of, const std::vector<subscription_line>& subscriptions) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_identity(out, of);
  out.key("subscriptions").open('[');
  bool more = subscriptions.size() < of.subscriptions;
  for (const auto& each : subscriptions) {
    std::string line;
    json_writer one{line};
    one.open('{').member("identifier", shown(each.identifier)).key("streams").open('[');
    for (const auto& stream : each.streams) {
      more = more || line.size() > max_answer_size / 4;
      if (line.size() <= max_answer_size / 4)
        one.value(shown(stream));
    }
    one.close(']').close('}');
    more = more || json.size() + line.size() > max_answer_size;
    if (json.size() + line.size() <= max_answer_size)
      out.raw(line);
  }
  out.close(']');
  if (more)
    out.member("more", true);
  out.close('}');
  return json;
}

std::string encode_stream(const stream_line& of, const std::vector<std::string>& sids, bool more) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_counts(out, of);
  out.key("connections").open('[');
  for (const auto& sid : sids)
    out.value(sid);
  out.close(']').member("more", more).close('}');
  return json;
}

std::string cursor_behind(std::string_view name) {
  constexpr std::size_t most = 8'192;
  std::string cursor{utf8_prefix(name, most)};
  // No character is greater.
  if (cursor.size() < name.size())
    cursor += "\U0010ffff";
  return cursor;
}

page_writer::page_writer(std::string_view what) { json_writer{json_}.open('{').key(what).open('['); }

bool page_writer::append(const std::string& line) {
  if (lines_ > 0 && json_.size() + line.size() > max_answer_size)
    return false;
  if (lines_++ > 0)
    json_ += ',';
  json_ += line;
  return true;
}

bool page_writer::add(const connection_line& line) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_identity(out, line);
  out.member("subscriptions", line.subscriptions).close('}');
  return append(json);
}

bool page_writer::add(const stream_line& line) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_counts(out, line);
  out.close('}');
  return append(json);
}

std::string page_writer::finish(std::string_view next, std::uint64_t total) && {
  std::string rest;
  json_writer out{rest};
  out.key("next");
  if (next.empty())
    out.raw("null");
  else
    out.value(next);
  out.member("total", total);
  json_.append("],").append(rest).append("}");
  return std::move(json_);
}

}  // namespace ability
