/// Ends the process if its orderly end does not come.
#pragma once

#include <chrono>

namespace ability {

/// Has the process end by `when` whatever blocks: a name server that is silent, a full pipe, a lane that hangs. Then a
/// line tells what was waited for, what is queued of the log is written as far as that goes, and the exit code is 1, or
/// what `ended_well` was given. A thread of its own sees to it from the first call on; a later call moves the time.
void end_by(std::chrono::steady_clock::time_point when);

/// Says what the end waits for: a constant, fit for a log. Any thread.
void waiting_for(const char* what) noexcept;

/// All is done but giving resources back, which may take `patience` more; the exit code is known.
void ended_well(int exit_code, std::chrono::milliseconds patience);

}  // namespace ability
