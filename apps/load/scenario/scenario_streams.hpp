/// Names of a scenario's streams. Internal to `scenario_check.cpp`.
#pragma once

#include <optional>

#include "apps/load/scenario/scenario.hpp"
#include "apps/load/scenario/scenario_error.hpp"

namespace ability::load {

/// The first set whose pattern is invalid, or that shares a stream with another set.
std::optional<scenario_error> check_streams(const std::vector<stream_set>& sets);

}  // namespace ability::load
