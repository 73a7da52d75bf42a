/// The end of a process whose orderly shutdown hangs.
#pragma once

#include <chrono>

namespace ability {

/// Ends the process at `when`, even if a silent name server, a full pipe or a hanging lane blocks it. It then logs
/// the awaited step and writes as much of the queued log as possible. The exit code is 1, or the one given to
/// `ended_well`. The first call starts a thread for it; a later call moves the time.
void end_by(std::chrono::steady_clock::time_point when);

/// Sets the awaited step for the log: a constant text. Any thread.
void waiting_for(const char* what) noexcept;

/// Marks the shutdown as complete except for freeing resources, which may take `patience` more; sets the exit code.
void ended_well(int exit_code, std::chrono::milliseconds patience);

}  // namespace ability
