/// The time of day as a number.
#pragma once

#include <chrono>
#include <cstdint>

namespace ability {

/// Milliseconds since 1970.
inline std::int64_t unix_ms(std::chrono::system_clock::time_point when) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

}  // namespace ability
