/// Whether the node may be sent clients, and what it has to do without: what probes are told.
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
  std::vector<std::string_view> degraded = {};  ///< dependencies that are away: `redis`, `app`
  std::vector<std::string_view> missing = {};   ///< of these, the ones that `--ready-requires` names
  std::string_view cause = {};                  ///< why other nodes refuse this one; empty: they do not

  /// Whether the node itself takes clients, whatever it depends on.
  bool serves() const noexcept { return state == "running"; }

  /// Whether the node should be sent clients.
  bool ready() const noexcept { return serves() && missing.empty(); }
};

/// Any thread.
readiness measure_readiness(const edge& where);

/// `{"ready":true,"state":"running","degraded":["redis"],"missing":[]}`
std::string to_json(const readiness& now);

/// 200 while the node itself serves, whatever it depends on, else 503.
http_answer health_answer(const edge& where, bool keep_alive);

/// 200 while the node should be sent clients, else 503; with the whole state in JSON.
http_answer ready_answer(const edge& where, bool keep_alive);

}  // namespace ability
