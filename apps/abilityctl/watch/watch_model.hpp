// Model of the watched nodes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

/// Figures with a history; all but the last are rates.
enum class watch_series : std::uint8_t {
  deliveries,
  broadcasts,
  messages_in,
  connects,
  disconnects,
  bytes_out,
  bytes_in,
  p99,
};
inline constexpr std::size_t watch_series_count = 8;
inline constexpr std::size_t watch_history = 60;

/// Figures of the last snapshots, newest last.
using watch_figures = std::deque<std::optional<double>>;

struct watched_node {
  std::string name;
  json status = {};    ///< null until received
  json nodes = {};     ///< null until received
  json snapshot = {};  ///< null until received
  std::array<watch_figures, watch_series_count> history = {};
  std::optional<double> cpu = {};  ///< percent of one core
  std::string gone = {};           ///< reason for the loss; empty while attached
};

struct watch_event {
  std::int64_t at_ms;
  std::string node;
  std::string kind;
  std::string subject;
  std::string detail;
};

/// Collects the nodes' answers and feeds. Nodes have the numbers of `watch_feeds`.
class watch_model {
public:
  void add_node(std::string name);
  void take_status(std::size_t node, json status);
  void take_nodes(std::size_t node, json nodes) { nodes_[node].nodes = std::move(nodes); }
  void take_snapshot(std::size_t node, json snapshot);
  void take_events(std::size_t node, const json& events);
  void lose(std::size_t node, std::string why, std::int64_t at_ms);
  void find_again(std::size_t node, std::int64_t at_ms);

  const std::vector<watched_node>& nodes() const noexcept { return nodes_; }

  /// The last events, newest last; limited to a few screens.
  const std::deque<watch_event>& events() const noexcept { return events_; }

  /// The sum over all attached nodes; the maximum for latency.
  std::vector<std::optional<double>> history(watch_series which) const;

  /// The sum of one figure of the snapshots, such as `connections`.
  std::optional<double> sum(const char* figure) const;

private:
  void add_event(watch_event what);

  std::vector<watched_node> nodes_;
  std::deque<watch_event> events_;
};

/// The events in an answer of the feed.
std::vector<watch_event> events_of(const json& events);

}  // namespace ability
