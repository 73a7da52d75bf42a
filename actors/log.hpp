/// One line to the daemon's log, from any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ability {

enum class log_level : std::uint8_t { debug, info, warn, error };

/// A named value of a log line. Never a secret.
struct log_field {
  std::string_view key;
  std::string value;
};

/// Where lines go; what does the writing (`net/log_sink`) sets it before threads start. It must not throw.
using log_sink = void (*)(log_level level, std::string_view message, std::initializer_list<log_field> fields);

/// Sets the sink and the lowest level that is written. Without a sink nothing is written.
void set_log(log_sink sink, log_level lowest) noexcept;

/// `debug`, `info`, `warn` or `error`.
std::string_view name_of(log_level level) noexcept;

/// Sets the lowest level that is written from now on. Returns what it was. Any thread.
log_level set_log_level(log_level lowest) noexcept;

/// Whether lines of this level are written: asked before values are made into text.
bool log_enabled(log_level level) noexcept;

/// Writes one line: a constant message that one can grep for, and what varies as fields.
void log(log_level level, std::string_view message, std::initializer_list<log_field> fields = {});

}  // namespace ability
