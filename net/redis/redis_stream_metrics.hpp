/// The metrics of publications that come as entries of a Redis stream.
#pragma once

#include "actors/node/node.hpp"

namespace ability {

class metric_families;

/// Adds the counters of the first lane, which reads the stream. Any thread.
void collect_redis_stream(const node& here, metric_families& into);

}  // namespace ability
