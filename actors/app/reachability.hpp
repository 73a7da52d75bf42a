/// Reachability of the application.
#pragma once

#include <cstdint>

namespace ability {

enum class reachability : std::uint8_t { up, away, unknown };

}  // namespace ability
