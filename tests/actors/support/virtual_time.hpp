/// Time of day and seed of a node in a test.
#pragma once

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <chrono>
#include <cstdint>

#include "actors/runtime/clock_and_seed.hpp"

namespace ability {

/// Time of day when a node of a test is made.
inline constexpr std::chrono::system_clock::time_point first_day{std::chrono::seconds{2'000'000'000}};

/// The time of day advances with the clock of `system`: a test coordinator's advances only when the test says so.
inline clock_and_seed virtual_time(caf::actor_system& system, std::uint64_t seed = 1) {
  return {[&system, start = system.clock().now()] {
            return first_day +
                   std::chrono::duration_cast<std::chrono::system_clock::duration>(system.clock().now() - start);
          },
          seed};
}

}  // namespace ability
