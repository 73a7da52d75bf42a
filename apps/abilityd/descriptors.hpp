/// How the process' file descriptors are shared out.
#pragma once

#include <cstddef>

namespace ability {

struct daemon_settings;

/// Raises the soft limit of descriptors to the hard one. Returns it.
std::size_t raise_descriptor_limit();

/// How many sockets clients and publishers may have of `limit` descriptors: the others are kept for health, metrics,
/// monitoring programs, other nodes, Redis and the application. At least half of `limit`.
std::size_t client_sockets(std::size_t limit, const daemon_settings& settings);

}  // namespace ability
