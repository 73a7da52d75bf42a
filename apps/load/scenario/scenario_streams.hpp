/// Names of a scenario's streams. Internal to `scenario_check.cpp`.
#pragma once

#include <optional>

#include "apps/load/scenario/scenario.hpp"
#include "apps/load/scenario/scenario_error.hpp"

namespace ability::load {

/// The first set whose pattern cannot be right, or that has a stream of another set.
std::optional<scenario_error> check_streams(const std::vector<stream_set>& sets);

}  // namespace ability::load
