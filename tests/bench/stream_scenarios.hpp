// Costs of many streams, and of the clients that connect to them.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

void small_streams(const bench_settings& settings, report& out);
void connecting(const bench_settings& settings, report& out);

}  // namespace ability::load
