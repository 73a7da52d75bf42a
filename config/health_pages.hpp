/// The pages below `health_path`.
#pragma once

#include <string>

namespace ability {

/// `/health/live` for `/health`: a page that answers 200 as long as the process does.
inline std::string live_path(const std::string& health_path) {
  return (health_path.ends_with('/') ? health_path : health_path + '/') + "live";
}

/// `/health/ready` for `/health`: a page that tells whether the node may be sent clients.
inline std::string ready_path(const std::string& health_path) {
  return (health_path.ends_with('/') ? health_path : health_path + '/') + "ready";
}

}  // namespace ability
