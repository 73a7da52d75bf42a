/// Warnings about options that are valid but cannot work together.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/options.hpp"

namespace ability {

/// One such combination and its remedy.
struct start_warning {
  std::string what;    ///< a constant sentence without a full stop
  std::string remedy;  ///< the options that help
};

/// All warnings about `given`. `client_sockets`: file descriptors that the process limit leaves for clients.
std::vector<start_warning> start_warnings(const options& given, std::size_t client_sockets);

}  // namespace ability
