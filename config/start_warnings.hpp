/// Warnings of options that are allowed, but cannot work together.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/options.hpp"

namespace ability {

/// Something that cannot work.
struct start_warning {
  std::string what;    ///< a constant sentence without a full stop
  std::string remedy;  ///< the options that help
};

/// All that cannot work. `client_sockets`: how many the limit of file descriptors leaves to clients.
std::vector<start_warning> start_warnings(const options& given, std::size_t client_sockets);

}  // namespace ability
