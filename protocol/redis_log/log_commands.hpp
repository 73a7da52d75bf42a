/// Commands that run the scripts of a log.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/history/stream_position.hpp"
#include "protocol/redis_log/log_keys.hpp"
#include "protocol/redis_log/log_scripts.hpp"

namespace ability {

/// The caller's knowledge of the server and of the log.
struct log_caller {
  std::string_view writer;        ///< `master_replid` of the server to which the connection is
  std::uint64_t fresh_epoch = 0;  ///< a random number, for an epoch that begins
  stream_position known = {};     ///< highest known position; epoch 0: none
};

/// The bounds of a log in Redis.
struct log_times {
  std::chrono::milliseconds ttl{};           ///< of a publication
  std::chrono::milliseconds position_ttl{};  ///< of the position, since the last publication or follower
};

struct log_append {
  std::string_view packed;                                    ///< `pack_broadcast()`
  std::string_view mark = {};                                 ///< of this publication; no other one has it
  std::size_t limit = 100;                                    ///< publications
  std::string_view id_key = {};                               ///< `log_id_key()`; empty: the publisher gave no id
  std::chrono::milliseconds dedupe{};                         ///< time for which the id is remembered
  std::optional<std::chrono::milliseconds> first_tried = {};  ///< time since an attempt whose answer was lost
  bool sharded = false;                                       ///< followers use `SSUBSCRIBE`
};

std::string append_command(const log_keys& keys, const log_caller& by, const log_times& times, const log_append& what,
                           script_form form = script_form::digest);

/// Reads the position and, if `behind` is given, publications behind it, up to the one with which they come to
/// `max_bytes`. Begins the log if there is none.
std::string read_command(const log_keys& keys, const log_caller& by, const log_times& times,
                         std::optional<std::uint64_t> behind, std::size_t max_bytes,
                         script_form form = script_form::digest);

/// Reads at most `limit` publications of a log, if there is one: the first ones behind `behind`, else the last ones, up
/// to the one with which they come to `max_bytes`.
std::string list_command(const log_keys& keys, const log_caller& by, const log_times& times,
                         std::optional<std::uint64_t> behind, std::size_t limit, std::size_t max_bytes,
                         script_form form = script_form::digest);

}  // namespace ability
