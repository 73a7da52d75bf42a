#include "apps/abilityctl/monitor/ask_nodes.hpp"

#include <algorithm>
#include <future>
#include <set>
#include <utility>

#include "apps/abilityctl/monitor/json_facts.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"

namespace ability {
namespace {

answer<json> ask_other(const known_node& which, const attach_options& how, const conversation& what) {
  const auto where = parse_node_address(which.address);
  if (!where)
    return trouble{"unreachable",
                   "node " + printable(which.name) + " has no address for others; ask it by its own --node"};
  auto attached = monitor_client::attach(*where, how);
  return attached ? what(**attached) : answer<json>{attached.error()};
}

}  // namespace

std::vector<known_node> nodes_of(const json& answered) {
  std::vector<known_node> found;
  for (const auto& each : array_at(answered, "nodes"))
    found.push_back({.uuid = text_at(each, "uuid"),
                     .name = text_at(each, "name"),
                     .address = text_at(each, "address"),
                     .state = text_at(each, "state")});
  return found;
}

std::vector<node_answer> ask_nodes(const whom_to_ask& whom, const conversation& what) {
  const auto called = to_string(whom.node);
  auto attached = monitor_client::attach(whom.node, whom.how);
  if (!attached)
    return {{called, attached.error()}};
  auto& first = **attached;
  if (!whom.cluster)
    return {{called, what(first)}};
  const auto listed = first.ask("nodes");
  if (!listed)
    return {{called, listed.error()}};
  auto nodes = nodes_of(*listed);
  if (std::none_of(nodes.begin(), nodes.end(), [](const auto& each) { return each.is_self(); }))
    nodes.insert(nodes.begin(), {.uuid = {}, .name = called, .address = called, .state = "self"});
  std::vector<std::future<answer<json>>> asked;
  asked.reserve(nodes.size());
  for (const auto& each : nodes)
    asked.push_back(each.is_self() ? std::future<answer<json>>{}
                                   : std::async(std::launch::async, [&] { return ask_other(each, whom.how, what); }));
  // The existing connection belongs to this thread.
  auto own = what(first);
  std::vector<node_answer> answers;
  answers.reserve(nodes.size());
  std::set<std::string> taken;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    answers.push_back({taken.insert(nodes[i].name).second ? nodes[i].name : nodes[i].name + '@' + nodes[i].address,
                       nodes[i].is_self() ? own : asked[i].get()});
  return answers;
}

json merged(const std::vector<node_answer>& answers) {
  json out{{"nodes", json::object()}, {"errors", json::object()}};
  for (const auto& each : answers)
    if (each.value)
      out["nodes"][each.node] = *each.value;
    else
      out["errors"][each.node] = each.value.error().sentence;
  return out;
}

void forget_strangers(std::vector<node_answer>& answers) {
  const auto has = [](const node_answer& each) { return each.value.has_value(); };
  const auto has_not = [](const node_answer& each) {
    return each.value.has_error() && each.value.error().code == "not_found";
  };
  if (std::any_of(answers.begin(), answers.end(), has))
    std::erase_if(answers, has_not);
}

}  // namespace ability
