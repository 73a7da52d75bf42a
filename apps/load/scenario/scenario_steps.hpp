/// Steps of a scenario's JSON. Internal to `scenario_file.cpp`.
#pragma once

#include <vector>

#include "apps/load/scenario/scenario.hpp"
#include "apps/load/scenario/scenario_value.hpp"

namespace ability::load {

/// Parses an array of steps; their stream names refer to `streams`. Throws `scenario_error`.
std::vector<step> read_steps(const scenario_value& value, const std::vector<stream_set>& streams);

}  // namespace ability::load
