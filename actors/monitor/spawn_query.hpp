/// The choice of the query actor for a question.
#pragma once

#include "actors/monitor/node_query.hpp"
#include "actors/node/control.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Spawns the query actor for `what`, a question that `decode_question` has accepted, on the lane of `home`. It does
/// nothing before it gets `start_query`. `control` outlives it.
query_actor spawn_query(lane_home& home, node_control& control, node_start started, const monitor_question& what);

}  // namespace ability
