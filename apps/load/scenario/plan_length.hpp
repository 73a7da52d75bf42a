/// How long a scenario is likely to take.
#pragma once

#include <optional>
#include <string>

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Seconds until the last client has done its steps, if the server keeps up: by the scenario's own times, with the
/// longest where a range is given, and without the time of grace. Nothing: the server's speed decides.
std::optional<double> planned_seconds(const scenario& plan);

/// A sentence on what keeps a run from ending as long as there is no server. Nothing: it ends.
std::optional<std::string> why_endless(const scenario& plan);

}  // namespace ability::load
