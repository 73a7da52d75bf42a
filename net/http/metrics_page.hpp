/// The node's metrics for Prometheus.
#pragma once

#include <string>

#include "actors/node/node.hpp"

namespace ability {

struct shared_limits;

/// Prometheus' text format 0.0.4: AnyCable's names with the prefix `ability_`, and histograms. Counters are sums over
/// the lanes, read without a lock: a scrape during a broadcast may see parts of it. Any thread.
std::string render_metrics(const node& here, const shared_limits& shared);

}  // namespace ability
