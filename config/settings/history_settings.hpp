/// Settings of the history of streams.
/// Source: docs/reliable-streams.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ability {

/// The place of the logs, and the clients that get positions.
enum class history_broker : std::uint8_t {
  automatic,  ///< memory; positions for clients of the extended protocol, and logs of the streams that they follow
  memory,     ///< memory; positions for all clients, and logs of all streams
  redis,      ///< a Redis that nodes share; positions for all clients, and logs of all streams
  none,       ///< no logs
};

/// Bounds of the log of one stream.
struct history_bounds {
  std::size_t limit = 100;                 ///< publications
  std::chrono::milliseconds ttl{300'000};  ///< age of a publication

  friend bool operator==(const history_bounds&, const history_bounds&) = default;
};

/// Bounds for streams with names of a pattern.
struct history_rule {
  std::string pattern;                                ///< a name; each `*` stands for any text
  bool is_off = false;                                ///< these streams keep no log
  std::optional<std::size_t> limit = {};              ///< none: the limit of all streams
  std::optional<std::chrono::milliseconds> ttl = {};  ///< none: the age of all streams
};

/// As options, without `max_replay`, which is half of what may wait for one client.
struct history_settings {
  history_broker broker = history_broker::automatic;
  history_bounds bounds = {};                          ///< of streams that no rule names
  std::vector<history_rule> rules = {};                ///< the first that fits counts
  std::size_t max_bytes = std::size_t{64} << 20;       ///< of all logs; each lane has an equal share
  std::chrono::milliseconds position_ttl{86'400'000};  ///< time that the position of an idle stream is kept
  std::size_t max_positions = 100'000;                 ///< positions of streams that are not alive; in shares, too
  std::chrono::milliseconds dedupe{120'000};           ///< time that the id of a publication is known; 0: no id is
  std::size_t max_ids = 100'000;                       ///< ids that are known; in shares, too
  std::size_t max_replay = std::size_t{512} << 10;     ///< bytes that a client is sent of one stream's history
};

}  // namespace ability
