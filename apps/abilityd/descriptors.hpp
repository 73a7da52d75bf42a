/// The division of the process's file descriptors.
#pragma once

#include <cstddef>

namespace ability {

struct daemon_settings;

/// Raises the soft limit of descriptors to the hard one. Returns the new limit.
std::size_t raise_descriptor_limit();

/// The number of client and publisher sockets that `limit` descriptors allow, at least half of `limit`. The rest is
/// reserved for health, metrics, monitoring programs, other nodes, Redis and the application.
std::size_t client_sockets(std::size_t limit, const daemon_settings& settings);

}  // namespace ability
