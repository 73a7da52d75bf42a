// The same conversation with one node, or with each node of a cluster.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

struct whom_to_ask {
  node_address node;
  attach_options how;
  bool cluster = false;  ///< all that it knows, too
};

/// What is said to a node that is attached to.
using conversation = std::function<answer<json>(monitor_client&)>;

/// What came of it.
struct node_answer {
  std::string node;  ///< its name, or its address if that is not known
  answer<json> value;
};

/// One for each node, in the order in which the cluster's first node lists them; several are asked at a time. If the
/// node that was named cannot be asked for the others, its trouble is all there is.
std::vector<node_answer> ask_nodes(const whom_to_ask& whom, const conversation& what);

/// A node of a cluster, as another one knows it.
struct known_node {
  std::string uuid;
  std::string name;
  std::string address;
  std::string state;  ///< `self`, `up` or `lost`

  bool is_self() const noexcept { return state == "self"; }
};

/// Those that an answer to `nodes` lists.
std::vector<known_node> nodes_of(const json& answered);

/// The nodes that answered, by name: `{"nodes":{"a":{…}},"errors":{"b":"…"}}`.
json merged(const std::vector<node_answer>& answers);

/// Forgets nodes that do not have what was asked for (`not_found`), if another one has.
void forget_strangers(std::vector<node_answer>& answers);

}  // namespace ability
