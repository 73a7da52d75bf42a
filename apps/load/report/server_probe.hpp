/// Observation of the server's process from outside.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// A function for `run_options::look_at_server` that reads the resource use of process `pid` from /proc. CPU time has
/// the resolution of the system's clock tick, 10 ms. Returns nothing if there is no such process, if it has ended, or
/// if its number was reused since this call. Descriptors stay unknown without permission.
std::function<std::optional<server_sample>()> pid_probe(pid_t pid);

}  // namespace ability::load
