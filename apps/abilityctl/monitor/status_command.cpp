#include "apps/abilityctl/monitor/json_facts.hpp"
#include "apps/abilityctl/monitor/monitor_options.hpp"
#include "apps/abilityctl/terminal/human.hpp"
#include "apps/abilityctl/terminal/table.hpp"

namespace ability {
namespace {

std::string latency_of(const json& of) {
  if (!number_at(of, "latency.p50_ms"))
    return unknown_figure;
  return "p50 " + figure_at(of, "latency.p50_ms", human_milliseconds) + ", p90 " +
         figure_at(of, "latency.p90_ms", human_milliseconds) + ", p99 " +
         figure_at(of, "latency.p99_ms", human_milliseconds);
}

/// Details of one node.
std::string described(const json& of) {
  table facts{{{""}, {""}}};
  facts.add({"node", text_at(of, "node.name")});
  facts.add({"state", text_at(of, "state")});
  facts.add({"address", text_at(of, "node.address")});
  facts.add({"version", text_at(of, "node.version") + ", pid " + count_at(of, "node.pid")});
  facts.add({"uuid", text_at(of, "node.uuid")});
  facts.add({"up", figure_at(of, "node.uptime_s", human_seconds)});
  facts.add({"lanes", count_at(of, "lanes")});
  facts.add({"connections", count_at(of, "connections")});
  facts.add({"streams", count_at(of, "streams")});
  facts.add({"pending", count_at(of, "pending_broadcasts") + " broadcasts"});
  facts.add({"latency", latency_of(of)});
  facts.add({"cluster", value_at(of, "cluster").is_null() ? "none" : count_at(of, "cluster.nodes") + " nodes"});
  facts.add({"redis", text_at(of, "redis")});
  facts.add({"app server", text_at(of, "app_server")});
  table counters{{{"COUNTER"}, {"SINCE THE START", true}}};
  const auto& counted = value_at(of, "counters");
  if (counted.is_object())
    for (const auto& [name, value] : counted.items())
      counters.add({name, count_at(value, "")});
  auto out = facts.text(text_style::of(1));
  if (counters.rows() > 0)
    out += '\n' + counters.text(text_style::of(1));
  return out;
}

/// Table with a row for each node.
std::string compared(const std::vector<node_answer>& answers) {
  table rows{{{"NODE"},
              {"STATE"},
              {"UP", true},
              {"CONNECTIONS", true},
              {"STREAMS", true},
              {"PENDING", true},
              {"P50", true},
              {"P99", true},
              {"NODES", true},
              {"REDIS"},
              {"APP SERVER"},
              {"VERSION"}}};
  for (const auto& [node, of] : answers)
    rows.add({node, text_at(*of, "state"), figure_at(*of, "node.uptime_s", human_seconds), count_at(*of, "connections"),
              count_at(*of, "streams"), count_at(*of, "pending_broadcasts"),
              figure_at(*of, "latency.p50_ms", human_milliseconds),
              figure_at(*of, "latency.p99_ms", human_milliseconds), count_at(*of, "cluster.nodes"),
              text_at(*of, "redis"), text_at(*of, "app_server"), text_at(*of, "node.version")});
  return rows.text(text_style::of(1));
}

ctl_result status(const monitor_options& given) {
  return ask_and_print(
      given, [](monitor_client& node) { return node.ask("status"); },
      [&](const std::vector<node_answer>& answers) {
        return given.cluster() ? compared(answers) : described(*answers.front().value);
      });
}

}  // namespace

void add_status(CLI::App& app, ctl_result& to) {
  add_monitor_command<monitor_options>(app, to, "status", "Show how a node, or each node of a cluster, is doing",
                                       R"(Examples:
  abilityctl status
  abilityctl status --node 10.0.0.7:7700 --cluster
  abilityctl status --json | jq .counters)",
                                       status);
}

}  // namespace ability
