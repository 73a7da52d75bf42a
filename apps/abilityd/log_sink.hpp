/// Output of log lines to standard error, as text or JSON.
#pragma once

#include <chrono>
#include <cstddef>

#include "actors/node/log.hpp"

namespace ability {

/// Makes `log()` write lines of at least `lowest` to standard error. Called once, before threads start. A stalled
/// reader of standard error never stalls the daemon: the oldest lines are lost instead.
///
///     2026-11-22T08:00:00.000Z info  message key=value other="two words"
///     {"time":"2026-11-22T08:00:00.000Z","level":"info","message":"message","key":"value"}
void log_to_stderr(log_format format, log_level lowest);

/// Writes the queued lines to standard error, for `limit` at most, because the pipe of a stalled reader is full. The
/// remaining lines are lost. Called once, after the last line.
void flush_log(std::chrono::milliseconds limit);

/// Flushes like `flush_log` before the process is ended by force; other threads may still log.
void flush_log_at_last(std::chrono::milliseconds limit);

/// Number of lines lost because the queue was full. Any thread.
std::size_t lost_log_lines();

}  // namespace ability
