// The same scenarios for all servers of this kind that the machine has. Run by `./dev bench peers`, which installs
// them.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

/// Fan-out one at a time and in bursts, idle memory, and connecting, of each of `settings.servers`; then one table of
/// it.
void compare_peers(const bench_settings& settings, report& out);

}  // namespace ability::load
