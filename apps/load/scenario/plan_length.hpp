/// The expected duration of a scenario.
#pragma once

#include <optional>
#include <string>

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Seconds until the last client has done its steps if the server keeps up. Based on the scenario's own times, the
/// longest of each range, without the time of grace. Empty if the server's speed decides.
std::optional<double> planned_seconds(const scenario& plan);

/// A sentence about the part that keeps a run without a server from ending. Empty if it ends.
std::optional<std::string> why_endless(const scenario& plan);

}  // namespace ability::load
