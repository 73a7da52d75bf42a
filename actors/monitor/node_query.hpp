/// The queries for the status of the node and for the nodes of the cluster.
#pragma once

#include <chrono>
#include <cstdint>

#include "actors/cluster/messages.hpp"
#include "actors/monitor/query.hpp"
#include "actors/node/control.hpp"
#include "protocol/monitor/answers.hpp"

namespace ability {

/// The time at which the monitor was started, which is that of the node.
struct node_start {
  std::chrono::steady_clock::time_point steady;
  std::chrono::system_clock::time_point date;
};

/// Asks the cluster for its nodes, then describes them or this one. Without an answer this node knows only itself.
class node_query : public query_state {
public:
  enum class subject : std::uint8_t { status, nodes };

  using query_state::query_state;
  void start(lane_home& home, const node_control& control, node_start started, subject what);

private:
  void run() override;
  void take_nodes(const node_list& found);
  node_list alone() const;
  status_report describe_node() const;
  node_line line_of(const node_facts& facts) const;
  double seconds_since(std::chrono::steady_clock::time_point then) const;

  const node_control* control_ = nullptr;
  node_start started_{};
  subject what_ = subject::status;
};

}  // namespace ability
