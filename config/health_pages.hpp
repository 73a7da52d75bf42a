/// Paths of the health pages below `health_path`.
#pragma once

#include <string>

namespace ability {

/// Liveness page, `/health/live` for `/health`: answers 200 while the process runs.
inline std::string live_path(const std::string& health_path) {
  return (health_path.ends_with('/') ? health_path : health_path + '/') + "live";
}

/// Readiness page, `/health/ready` for `/health`: tells whether the node accepts clients.
inline std::string ready_path(const std::string& health_path) {
  return (health_path.ends_with('/') ? health_path : health_path + '/') + "ready";
}

}  // namespace ability
