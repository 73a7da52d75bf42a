/// What a monitoring program is answered, as JSON. Facts in, text out: units are in the names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ability {

/// In bytes: one CAF message over the tunnel holds no more than a mebibyte. Where there is more to tell the answer says
/// so.
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

/// Totals by name, in the order in which they are shown.
using named_totals = std::vector<std::pair<std::string, std::uint64_t>>;

/// Of broadcasts, from acceptance until they were handed out; none without any.
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
  std::optional<std::size_t> cluster_nodes = {};  ///< none: there is no cluster
  std::string redis;
  std::string app_server;
  named_totals counters;
  latency_report latency;
};

struct connection_line {
  std::string id;
  std::string identity;
  std::string transport;
  double connected_s = 0;
  std::size_t subscriptions = 0;
};

struct subscription_line {
  std::string identifier;
  std::vector<std::string> streams;
};

struct stream_line {
  std::string name;
  std::size_t subscribers = 0;
  std::uint64_t gaps = 0;
  std::uint64_t lost = 0;
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
std::string encode_log_level(std::string_view level, std::string_view was);

/// One connection, `of.subscriptions` being how many it has. Those that do not fit are left out, and `more` is true.
std::string encode_connection(const connection_line& of, const std::vector<subscription_line>& subscriptions);

/// One stream, and the sids of connections that follow it.
std::string encode_stream(const stream_line& of, const std::vector<std::string>& sids, bool more);

/// A cursor behind the stream `name`, which need not be taken in whole: a question has room for it, whatever it is made
/// of. Of streams that begin with the same 8 KiB only those on one page are listed.
std::string cursor_behind(std::string_view name);

/// The answer to `connections` or `streams`: one line after the other, as many as fit.
class page_writer {
public:
  /// `what` is the key of the lines.
  explicit page_writer(std::string_view what);

  /// False: there is no room, the line belongs to the next page. The first always has room.
  bool add(const connection_line& line);
  bool add(const stream_line& line);

  std::size_t lines() const noexcept { return lines_; }

  /// `next` is the cursor of the next page, empty if this is the last one.
  std::string finish(std::string_view next, std::uint64_t total) &&;

private:
  bool append(const std::string& line);

  std::string json_;
  std::size_t lines_ = 0;
};

}  // namespace ability
