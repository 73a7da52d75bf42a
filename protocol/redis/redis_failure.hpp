/// The reasons for which a Redis server does not do what it was asked.
/// Source: redis.io "Redis error handling"; the words are those of Redis 6.2 to 7.2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace ability {

/// Reason for a failed command.
enum class redis_failure : std::uint8_t {
  out_of_memory,  ///< `maxmemory` is reached
  read_only,      ///< the server is a replica
  loading,        ///< it reads its data after a start
  no_script,      ///< it does not have the script of that digest
  denied,         ///< the login or its rights do not allow the command
  moved,          ///< another server of the Redis Cluster has the key, now or for this command
  cluster_down,   ///< the Redis Cluster does not serve the key now
  busy,           ///< it runs another script for long
  no_replicas,    ///< too few replicas are there for a write (`min-replicas-to-write`)
  disk,           ///< it refuses writes as it could not save (`stop-writes-on-bgsave-error`)
  other,          ///< any other error
  malformed,      ///< the answer is not one of the command
  no_answer,      ///< none came: whether the command was run is not known
  away,           ///< the command was not sent, as there is no connection
  full,           ///< the command was not sent, as too many are under way
};

inline constexpr std::size_t redis_failures = 15;

/// Returns the name used in metrics and log lines.
constexpr std::string_view name_of(redis_failure why) noexcept {
  constexpr std::array<std::string_view, redis_failures> names{
      "out_of_memory", "read_only", "loading", "no_script", "denied",    "moved", "cluster_down", "busy",
      "no_replicas",   "disk",      "other",   "malformed", "no_answer", "away",  "full"};
  return names[static_cast<std::size_t>(why)];
}

/// A failed command.
struct redis_error {
  redis_failure why = redis_failure::other;
  std::string detail = {};  ///< text of the server, at most 200 bytes; may be empty
};

/// A value, or the reason why there is none.
template <class T>
using redis_result = std::variant<T, redis_error>;

/// The reason told by the text of an error reply, without its leading `-`. An error within a script tells its reason
/// behind other words in Redis 6.2.
redis_failure redis_failure_of(std::string_view text) noexcept;

/// True if the command was certainly not run: it can be sent again.
constexpr bool is_not_run(redis_failure why) noexcept {
  return why != redis_failure::no_answer && why != redis_failure::malformed;
}

/// True if commands are refused until somebody changes the server or its users.
constexpr bool needs_mending(redis_failure why) noexcept {
  return why == redis_failure::out_of_memory || why == redis_failure::denied || why == redis_failure::no_replicas ||
         why == redis_failure::disk || why == redis_failure::other;
}

/// True if the connection is of no use any more, as another server has to be found.
constexpr bool ends_connection(redis_failure why) noexcept {
  return why == redis_failure::read_only || why == redis_failure::malformed;
}

}  // namespace ability
