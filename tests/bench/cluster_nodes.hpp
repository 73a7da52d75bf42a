// Several daemons as one cluster, and their metrics.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/servers.hpp"

namespace ability::load {

/// Nodes on free ports of 127.0.0.1, each of which knows the first one's address. All are linked when the constructor
/// returns; it throws if that takes longer than 10 s.
class cluster_nodes {
public:
  static constexpr std::string_view secret = "bench";

  cluster_nodes(std::size_t count, const programs& where);

  const child_process& process(std::size_t node) const { return *nodes_[node].process; }
  /// Script for a client of a node that follows the one stream of the bench.
  client_script script(std::size_t node) const;
  std::unique_ptr<publisher> connect_publisher(std::size_t node) const;
  /// Address that other nodes dial.
  std::string cluster_address(std::size_t node) const;

  /// Sum of all samples of a metric.
  double metric(std::size_t node, const std::string& name) const;

  /// Ends the node by SIGKILL and starts it again at the same addresses.
  void restart(std::size_t node);
  void wait_until_linked();

private:
  struct one {
    std::uint16_t port;
    std::uint16_t cluster_port;
    std::unique_ptr<child_process> process;
  };
  void start(std::size_t node);

  const programs& where_;
  temp_dir files_;
  std::vector<one> nodes_;
};

}  // namespace ability::load
