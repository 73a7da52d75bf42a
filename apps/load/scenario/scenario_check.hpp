/// What no single part of a scenario tells: whether its parts fit together.
#pragma once

#include <optional>

#include "apps/load/scenario/scenario.hpp"
#include "apps/load/scenario/scenario_error.hpp"

namespace ability::load {

/// The first thing that cannot work, however the server does:
/// - two groups, or two streams, have one name; a pattern for several streams gives one name only;
/// - a client needs a connection or a subscription that it does not have then, or connects twice;
/// - a client that speaks FlyRPC uses an application's channel;
/// - a client follows more streams of a set than a connection can number;
/// - nobody else comes to a meeting, or it stands in a repetition;
/// - a repetition would go round without end in no time, or stands in eight others.
///
/// Its path is that of the JSON form, for scenarios in C++, too. REQUIRES that each `stream_choice::set` is an index.
std::optional<scenario_error> check(const scenario& plan);

}  // namespace ability::load
