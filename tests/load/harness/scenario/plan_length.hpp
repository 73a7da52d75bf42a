/// How long a scenario is likely to take.
#pragma once

#include <optional>

#include "tests/load/harness/scenario/scenario.hpp"

namespace ability::load {

/// Seconds until the last client has done its steps, if the server keeps up: by the scenario's own times, with the
/// longest where a range is given, and without the time of grace. Nothing: the server's speed decides.
std::optional<double> planned_seconds(const scenario& plan);

}  // namespace ability::load
