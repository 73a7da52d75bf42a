/// The metrics of sessions in Redis.
#pragma once

#include "actors/node/node.hpp"

namespace ability {

class metric_families;

/// Adds the sums of all lanes. Any thread.
void collect_redis_sessions(const node& here, metric_families& into);

}  // namespace ability
