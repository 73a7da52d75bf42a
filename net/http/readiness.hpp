/// The readiness of the node and its missing dependencies, for probes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http/response.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// The state of the node at one moment.
struct readiness {
  std::string_view state;  ///< `running`, `starting`, `leaving`, `draining`, `stopping` or `refused`
  std::vector<std::string_view> degraded = {};  ///< unavailable dependencies: `redis`, `app`
  std::vector<std::string_view> missing = {};   ///< those of them that `--ready-requires` names
  std::string_view cause = {};                  ///< why other nodes refuse this one; empty: they do not

  /// True if the node itself accepts clients, regardless of dependencies.
  bool serves() const noexcept { return state == "running"; }

  /// True if the node should be sent clients.
  bool ready() const noexcept { return serves() && missing.empty(); }
};

/// Any thread.
readiness measure_readiness(const lane_context& where);

/// `{"ready":true,"state":"running","degraded":["redis"],"missing":[]}`
std::string to_json(const readiness& now);

/// 200 while the node itself serves, regardless of dependencies, else 503.
http_response health_answer(const lane_context& where, bool keep_alive);

/// 200 while the node should be sent clients, else 503; the body is the state in JSON.
http_response ready_answer(const lane_context& where, bool keep_alive);

}  // namespace ability
