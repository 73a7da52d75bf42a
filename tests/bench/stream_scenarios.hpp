// What many streams cost, and the clients that come to them.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

void small_streams(const bench_settings& settings, report& out);
void connecting(const bench_settings& settings, report& out);

}  // namespace ability::load
