/// Where log lines go: standard error, as text or JSON.
#pragma once

#include <chrono>

#include "actors/node/log.hpp"

namespace ability {

enum class log_format : std::uint8_t { text, json };

/// Has `log()` write lines of at least `lowest` to standard error. Called once, before threads start. A reader of
/// standard error that stalls never stalls the daemon: the oldest lines are lost then.
///
///     2026-11-22T08:00:00.000Z info  message key=value other="two words"
///     {"time":"2026-11-22T08:00:00.000Z","level":"info","message":"message","key":"value"}
void log_to_stderr(log_format format, log_level lowest);

/// Writes what is still queued, as far as standard error takes it within `limit`: a pipe that nobody reads is full.
/// Lines that are left then are lost. Called once, after the last line.
void flush_log(std::chrono::milliseconds limit);

/// The same, from a process that is about to end by force: other threads may go on logging.
void flush_log_at_last(std::chrono::milliseconds limit);

/// Lines that were lost because too many waited to be written. Any thread.
std::size_t lost_log_lines();

}  // namespace ability
