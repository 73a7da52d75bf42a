/// Settings of sessions that outlive their connections.
#pragma once

#include <chrono>
#include <cstddef>

namespace ability {

/// Bounds of the records of sessions whose clients may come back. A node's lanes share them.
struct session_settings {
  std::chrono::milliseconds ttl{300'000};         ///< from the end of a connection; 0: no session comes back
  std::size_t max_kept = 100'000;                 ///< records; beyond: the oldest ones end
  std::size_t max_bytes = std::size_t{64} << 20;  ///< of all records; beyond: the oldest ones end
};

}  // namespace ability
