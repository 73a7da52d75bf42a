// Log lines of the start.
#pragma once

#include <cstddef>
#include <string>

#include "config/options.hpp"
#include "config/settings/node_settings.hpp"

namespace ability {

/// Limits that follow from the number of file descriptors.
struct descriptor_limits {
  std::size_t all = 0;             ///< the limit of the process
  std::size_t client_sockets = 0;  ///< the share of clients and publishers
};

/// Logs one line with version, process, file of settings (empty: none) and limits, one with the history and sessions
/// that are kept, then one for each start warning. `made`: from `given`.
void log_start(const options& given, const node_settings& made, const std::string& file,
               const descriptor_limits& descriptors);

}  // namespace ability
