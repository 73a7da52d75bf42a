// The same conversation with one node or with each node of a cluster.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

struct whom_to_ask {
  node_address node;
  attach_options how;
  bool cluster = false;  ///< all nodes that it knows, too
};

/// A conversation with an attached node.
using conversation = std::function<answer<json>(monitor_client&)>;

/// Outcome of the conversation with one node.
struct node_answer {
  std::string node;  ///< its name, or its address if the name is unknown
  answer<json> value;
};

/// Asks each node, several at a time, and returns the outcomes in the order of the first node's list. If the named
/// node cannot list the others, its trouble is the only outcome.
std::vector<node_answer> ask_nodes(const whom_to_ask& whom, const conversation& what);

/// A node of a cluster, as reported by another node.
struct known_node {
  std::string uuid;
  std::string name;
  std::string address;
  std::string state;  ///< `self`, `up` or `lost`

  bool is_self() const noexcept { return state == "self"; }
};

/// The nodes listed in an answer to `nodes`.
std::vector<known_node> nodes_of(const json& answered);

/// The answers by the names of the nodes: `{"nodes":{"a":{…}},"errors":{"b":"…"}}`.
json merged(const std::vector<node_answer>& answers);

/// Removes the answers of nodes that do not have the requested record (`not_found`), if another node has it.
void forget_strangers(std::vector<node_answer>& answers);

}  // namespace ability
