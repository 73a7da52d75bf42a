// Costs of reliable streams: history, sessions and presence, beside the same without them.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

void history_fan_out(const bench_settings& settings, report& out);
void history_returns(const bench_settings& settings, report& out);
void history_memory(const bench_settings& settings, report& out);
void presence_storm(const bench_settings& settings, report& out);
void redis_publications(const bench_settings& settings, report& out);

}  // namespace ability::load
