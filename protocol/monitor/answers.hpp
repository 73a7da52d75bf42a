/// Answers to monitoring programs about the node, as JSON. Input: facts, output: text; units are in the names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ability {

/// Maximum bytes of an answer: a CAF message over the tunnel holds at most one mebibyte. A truncated answer says so.
inline constexpr std::size_t max_answer_size = 900'000;

enum class monitor_error : std::uint8_t {
  unknown_verb,
  bad_arguments,
  not_found,
  login_required,
  wrong_secret,
  not_allowed,
  busy,
};

/// `{"error":{"code":…,"message":…}}`; `message` is a sentence with the remedy.
std::string encode_failure(monitor_error code, std::string_view message);

/// Totals by name, in display order.
using named_totals = std::vector<std::pair<std::string, std::uint64_t>>;

/// Latency of broadcasts, from acceptance until a stream fanned them out; absent without broadcasts.
struct latency_report {
  std::optional<double> p50_ms = {};
  std::optional<double> p90_ms = {};
  std::optional<double> p99_ms = {};
};

struct status_report {
  std::string name;
  std::string uuid;
  std::string address;
  std::string version;
  std::int64_t pid = 0;
  std::uint64_t started_ms = 0;
  double uptime_s = 0;
  std::string state;
  std::size_t lanes = 0;
  std::uint64_t connections = 0;
  std::uint64_t streams = 0;
  std::uint64_t pending_broadcasts = 0;
  std::optional<std::size_t> cluster_nodes = {};  ///< none: not in a cluster
  std::string redis;
  std::string app_server;
  named_totals counters;
  latency_report latency;
};

struct node_line {
  std::string name;
  std::string uuid;
  std::string address;
  std::string state;
  double since_s = 0;
  bool dialled_by_us = false;
  std::uint64_t streams = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t lost = 0;
  std::optional<double> round_trip_ms = {};
};

std::string encode_login(bool may_read, bool may_command);
std::string encode_status(const status_report& what);
std::string encode_nodes(const std::vector<node_line>& nodes);
std::string encode_watching(bool watching);
std::string encode_disconnected(std::size_t connections);
std::string encode_ordered();
std::string encode_draining(std::uint64_t connections);
std::string encode_undrained();
std::string encode_log_level(std::string_view level, std::string_view was);

}  // namespace ability
