/// Facts that a Redis server tells of itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// The parts of the answer to INFO that are used.
struct redis_server_info {
  std::string run_id = {};  ///< random name of the process
  /// Random name of its data: another one as soon as it is a master again behind another one, whose data it took over.
  std::string replication_id = {};
  bool is_master = false;   ///< it takes writes
  bool is_loading = false;  ///< its data, after a start
  bool is_cluster = false;  ///< it has a part of the keys
};

/// Reads an answer to INFO; none if it has no `run_id`.
std::optional<redis_server_info> read_server_info(std::string_view text);

}  // namespace ability
