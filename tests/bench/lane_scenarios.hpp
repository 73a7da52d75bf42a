// Gain of a second lane.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

void two_lanes(const bench_settings& settings, report& out);

}  // namespace ability::load
