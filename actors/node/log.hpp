/// Lines of the daemon's log, from any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "config/settings/log_settings.hpp"

namespace ability {

/// A text or a number; JSON shows a number as a number.
class log_value : public std::string {
public:
  log_value(std::string text) : std::string{std::move(text)} {}
  log_value(const char* text) : std::string{text} {}
  template <class T>
  requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>) log_value(T number)
      : std::string{std::to_string(number)}, is_number_{true} {}

  bool is_number() const noexcept { return is_number_; }

private:
  bool is_number_ = false;
};

/// A named value of a log line. Never a secret.
struct log_field {
  std::string_view key;
  log_value value;
};

/// The destination of lines, set by the writer (`apps/abilityd/log_sink`) before threads start. It must not throw.
using log_sink = void (*)(log_level level, std::string_view message, std::initializer_list<log_field> fields);

/// Sets the sink and the lowest level that is written. Without a sink nothing is written.
void set_log(log_sink sink, log_level lowest) noexcept;

/// Returns `debug`, `info`, `warn` or `error`.
std::string_view name_of(log_level level) noexcept;

/// Sets the lowest level that is written from now on; returns the previous one. Any thread.
log_level set_log_level(log_level lowest) noexcept;

/// True if lines of this level are written; checked before values are formatted.
bool log_enabled(log_level level) noexcept;

/// Writes one line: a constant message to search for, with the variable values as fields.
void log(log_level level, std::string_view message, std::initializer_list<log_field> fields = {});

}  // namespace ability
