// The same scenarios for all comparable servers that are installed. Run by `./dev bench peers`, which installs them.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

/// Compares fan-out one at a time and in bursts, idle memory, and connecting, of each of `settings.servers`; ends with
/// one table of the results.
void compare_peers(const bench_settings& settings, report& out);

}  // namespace ability::load
