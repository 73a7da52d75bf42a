#include "tests/bench/cluster_nodes.hpp"

#include <csignal>
#include <stdexcept>

#include "tests/bench/scrape.hpp"

namespace ability::load {

cluster_nodes::cluster_nodes(std::size_t count, const programs& where) : where_{where} {
  for (std::size_t i = 0; i < count; ++i) {
    nodes_.push_back({free_port(), free_port(), nullptr});
    start(i);
  }
  wait_until_linked();
}

void cluster_nodes::start(std::size_t node) {
  auto& it = nodes_[node];
  std::vector<std::string> command{find_program(where_.abilityd),
                                   "--public",
                                   "--port=" + std::to_string(it.port),
                                   "--ping-interval=0",
                                   "--log-level=warn",
                                   "--max-subscriptions=1000000",
                                   "--max-pending-size=67108864",
                                   "--cluster-secret=" + std::string{secret},
                                   "--node-name=bench" + std::to_string(node),
                                   "--cluster-listen=" + cluster_address(node)};
  if (nodes_.size() > 1)
    command.push_back("--cluster-join=" + cluster_address(node == 0 ? nodes_.size() - 1 : 0));
  command.insert(command.end(), where_.abilityd_args.begin(), where_.abilityd_args.end());
  it.process = std::make_unique<child_process>(command, files_.path() / ("output" + std::to_string(node)));
}

void cluster_nodes::wait_until_linked() {
  const auto deadline = now_ns() + 10'000'000'000;
  for (std::size_t i = 0; i < nodes_.size();) {
    if (metric(i, "ability_cluster_nodes_num") == static_cast<double>(nodes_.size()))
      ++i;
    else if (now_ns() > deadline || !nodes_[i].process->alive())
      throw std::runtime_error{"the nodes of the cluster did not find each other within 10 s"};
    else
      sleep_ms(10);
  }
}

void cluster_nodes::restart(std::size_t node) {
  nodes_[node].process->signal(SIGKILL);
  nodes_[node].process.reset();
  start(node);
}

std::string cluster_nodes::cluster_address(std::size_t node) const {
  return "127.0.0.1:" + std::to_string(nodes_[node].cluster_port);
}

client_script cluster_nodes::script(std::size_t node) const {
  return {.port = nodes_[node].port,
          .path = "/cable",
          .subprotocol = "actioncable-v1-json",
          .subscribe = R"({"command":"subscribe","identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\"s\"}"})",
          .ready = "confirm_subscription"};
}

std::unique_ptr<publisher> cluster_nodes::connect_publisher(std::size_t node) const {
  return std::make_unique<http_publisher>(nodes_[node].port, "/_broadcast", http_publisher::body::publications);
}

double cluster_nodes::metric(std::size_t node, const std::string& name) const {
  return scrape(nodes_[node].port, name);
}

}  // namespace ability::load
