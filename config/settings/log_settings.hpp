/// Settings of the log.
#pragma once

#include <cstdint>

namespace ability {

/// Severity of a log line, least severe first.
enum class log_level : std::uint8_t { debug, info, warn, error };

/// Form of a log line.
enum class log_format : std::uint8_t { text, json };

struct log_settings {
  log_level lowest = log_level::info;  ///< least severe level that is written; already `debug` when `debug` is set
  log_format format = log_format::text;
  bool debug = false;  ///< `--debug`, short for the lowest level `debug`
};

}  // namespace ability
