// Measurements of a node through its monitor, for a load test.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/abilityctl/monitor/monitor_client.hpp"
#include "apps/load/report/run_report.hpp"

namespace ability {

/// Follows a node's snapshots. Attaches at the first request, because a load test forks before it.
class monitor_probe {
public:
  monitor_probe(node_address where, attach_options how);

  /// The node's CPU time and memory of its newest snapshot; empty once the node cannot be reached.
  std::optional<load::server_sample> look();

  /// Reason for the failure, a sentence without a full stop; empty while there is none.
  const std::string& trouble() const noexcept { return trouble_; }

private:
  bool attach();
  void fail(const std::string& sentence);

  node_address where_;
  attach_options how_;
  std::unique_ptr<monitor_client> node_;
  std::optional<load::server_sample> newest_;
  std::string trouble_;
};

}  // namespace ability
