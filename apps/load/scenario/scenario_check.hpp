/// The check that the parts of a scenario fit together.
#pragma once

#include <optional>

#include "apps/load/scenario/scenario.hpp"
#include "apps/load/scenario/scenario_error.hpp"

namespace ability::load {

/// Returns the first contradiction that no server could resolve:
/// - two groups or two streams have the same name; a pattern for several streams gives only one name;
/// - a client needs a connection or a subscription that it does not have at that step, or connects twice;
/// - a FlyRPC client uses an application's channel;
/// - a client follows more streams of a set than one connection can number;
/// - no other client comes to a meeting, or the meeting is part of a repetition;
/// - a repetition would loop forever in no time, or is nested in eight others.
///
/// The path refers to the JSON form, even for scenarios in C++. REQUIRES that each `stream_choice::set` is an index.
std::optional<scenario_error> check(const scenario& plan);

}  // namespace ability::load
