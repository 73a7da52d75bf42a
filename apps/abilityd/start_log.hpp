// Log lines of the start.
#pragma once

#include <cstddef>
#include <string>

#include "config/options.hpp"

namespace ability {

/// Limits that follow from the number of file descriptors.
struct descriptor_limits {
  std::size_t all = 0;             ///< the limit of the process
  std::size_t client_sockets = 0;  ///< the share of clients and publishers
};

/// Logs one line with version, process, file of settings (empty: none) and limits, then one for each start warning.
void log_start(const options& given, const std::string& file, const descriptor_limits& descriptors);

}  // namespace ability
