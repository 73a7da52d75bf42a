/// Looks at the server's process from outside.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// For `run_options::look_at_server`: what the process `pid` of this machine has used, from /proc. CPU time comes in
/// steps of the system's clock tick, 10 ms. Gives nothing when there is no such process, when it has ended, or when
/// another has taken its number since this call; no descriptors when they are not ours to see.
std::function<std::optional<server_sample>()> pid_probe(pid_t pid);

}  // namespace ability::load
