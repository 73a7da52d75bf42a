// Costs of a cluster. Run by `./dev bench cluster`, apart from the others, as these scenarios take minutes.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

void cluster_latency(const bench_settings& settings, report& out);
void cluster_throughput(const bench_settings& settings, report& out);
void cluster_crowd(const bench_settings& settings, report& out);
void cluster_interest(const bench_settings& settings, report& out);

}  // namespace ability::load
