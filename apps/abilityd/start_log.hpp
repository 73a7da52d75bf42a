// Log lines about the start.
#pragma once

#include <cstddef>
#include <string>

#include "config/options.hpp"

namespace ability {

/// Limits by file descriptors.
struct descriptor_limits {
  std::size_t all = 0;             ///< that the process may have
  std::size_t client_sockets = 0;  ///< of these, what clients and publishers may take
};

/// One line with version, process, file of settings (empty: none) and limits, then one for each thing that cannot work.
void log_start(const options& given, const std::string& file, const descriptor_limits& descriptors);

}  // namespace ability
