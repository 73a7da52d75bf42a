// Costs of FlyRPC: its packets, its calls, and the way through the daemon.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

void fly_packets(const bench_settings& settings, report& out);
void fly_calls(const bench_settings& settings, report& out);
void fly_gateway(const bench_settings& settings, report& out);

}  // namespace ability::load
