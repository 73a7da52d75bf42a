/// Time of day and randomness of a node, as its maker gives them: real ones in the daemon, repeatable ones in tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace ability {

/// No code in `actors/` reads another clock or random device (docs/decisions/0012-one-clock-and-one-seed.md). Steady
/// time is not here, as it must agree with delayed messages: the clock of CAF's actor system tells both.
struct clock_and_seed {
  std::function<std::chrono::system_clock::time_point()> wall_clock;  ///< called by any thread
  std::uint64_t seed = 0;  ///< each `random_source` of the node depends on it
};

}  // namespace ability
