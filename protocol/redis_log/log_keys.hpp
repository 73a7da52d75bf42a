/// The keys of a stream's log in Redis.
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// All keys and the channel of one stream have the same hash tag, so that one server of a Redis Cluster has them.
/// Different streams have different keys, whatever bytes their names hold.
struct log_keys {
  /// `prefix` keeps several daemons of one Redis server apart. REQUIRES that it holds no brace. `database`: the
  /// selected one.
  log_keys(std::string_view prefix, std::string_view stream, int database = 0);

  std::string head;     ///< hash: epoch, offset and age of the log
  std::string log;      ///< Redis stream: the publications, with ids `OFFSET-0`
  std::string channel;  ///< publications as they come, and events of presence
  std::string due;      ///< sorted set: sessions that are present, `presence_keys`
};

/// A key of a stream, with its hash tag.
std::string stream_key(std::string_view prefix, std::string_view kind, std::string_view stream);

/// The channel of a stream. It names the database, unless it is 0: publications of Redis reach all databases.
std::string stream_channel(std::string_view prefix, std::string_view stream, int database);

/// The key that remembers a publication by the id that its publisher gave.
std::string log_id_key(std::string_view prefix, std::string_view stream, std::string_view id);

/// True if `prefix` can be used.
constexpr bool is_log_prefix(std::string_view prefix) noexcept {
  return prefix.find_first_of("{}") == std::string_view::npos;
}

}  // namespace ability
