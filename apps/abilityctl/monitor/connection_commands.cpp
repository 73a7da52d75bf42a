// The commands `connections` and `connection`: list the clients of nodes.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/abilityctl/monitor/record_lists.hpp"
#include "apps/abilityctl/terminal/human.hpp"

namespace ability {
namespace {

using answers = std::vector<node_answer>;

constexpr std::array<std::pair<std::string_view, const char*>, 5> sort_keys{{{"connected", "connected_s"},
                                                                             {"subscriptions", "subscriptions"},
                                                                             {"in", "bytes_in"},
                                                                             {"out", "bytes_out"},
                                                                             {"pending", "pending_bytes"}}};

struct connections_options : page_options {
  explicit connections_options(CLI::App& command) : page_options{command, "id or identity"} {
    command
        .add_option("--sort", sort,
                    "The highest first: connected, subscriptions, in, out or pending (bytes); by "
                    "default in the order of their ids")
        ->type_name("COLUMN");
  }

  std::optional<ctl_result> misuse() {
    const auto found = std::ranges::find(sort_keys, sort, &std::pair<std::string_view, const char*>::first);
    if (!sort.empty() && found == sort_keys.end())
      return wrong_usage("--sort must be connected, subscriptions, in, out or pending.");
    if (!sort.empty() && !after.empty())
      return wrong_usage("--sort and --after exclude each other: a sorted list has no next page.");
    sorted_by = sort.empty() ? nullptr : found->second;
    return page_options::misuse();
  }

  std::string sort;
};

ctl_result connections(const connections_options& given) {
  return list_records(given, "connections",
                      {{.title = "ID", .is_whole = true},
                       {"IDENTITY"},
                       {"TRANSPORT"},
                       {"PEER"},
                       {"CONNECTED", true},
                       {"SUBSCRIPTIONS", true},
                       {"IN", true},
                       {"OUT", true},
                       {"PENDING", true}},
                      [](const json& row) {
                        return std::vector{text_at(row, "id"),
                                           text_at(row, "identity"),
                                           text_at(row, "transport"),
                                           text_at(row, "peer"),
                                           figure_at(row, "connected_s", human_seconds),
                                           count_at(row, "subscriptions"),
                                           figure_at(row, "bytes_in", human_bytes),
                                           figure_at(row, "bytes_out", human_bytes),
                                           figure_at(row, "pending_bytes", human_bytes)};
                      });
}

struct connection_options : name_options {
  explicit connection_options(CLI::App& command)
      : name_options{command, "ID", "The connection: its sid, as 'connections' lists it"} {}
};

/// The facts of a connection, beginning with the node's name if one is given.
table facts_of(const json& connection, const std::string* node) {
  table facts{{{""}, {""}}};
  if (node)
    facts.add({"node", *node});
  for (const char* key : {"id", "identity", "transport", "peer"})
    facts.add({key, text_at(connection, key)});
  facts.add({"connected", figure_at(connection, "connected_s", human_seconds)});
  facts.add({"in", figure_at(connection, "bytes_in", human_bytes)});
  facts.add({"out", figure_at(connection, "bytes_out", human_bytes)});
  facts.add({"pending", figure_at(connection, "pending_bytes", human_bytes)});
  return facts;
}

table subscriptions_of(const json& connection) {
  table rows{{{"SUBSCRIPTION"}, {"STREAM"}}};
  for (const auto& each : array_at(connection, "subscriptions")) {
    auto identifier = text_at(each, "identifier");
    for (const auto& stream : array_at(each, "streams"))
      rows.add({std::exchange(identifier, ""), text_at(stream, "")});
    if (!identifier.empty())
      rows.add({identifier, unknown_figure});
  }
  if (value_at(connection, "more") == true)
    rows.add({"… and more", ""});
  return rows;
}

ctl_result connection(const connection_options& given) {
  return ask_and_print(
      given,
      [&](monitor_client& node) {
        return node.ask("connection", {{"id", given.name}});
      },
      [&](const answers& got) {
        std::string out;
        for (const auto& [node, value] : got) {
          const auto facts = facts_of(*value, given.cluster() ? &node : nullptr);
          const auto rows = subscriptions_of(*value);
          out += (out.empty() ? "" : "\n") + facts.text(text_style::of(1));
          if (rows.rows() > 0)
            out += '\n' + rows.text(text_style::of(1));
        }
        return out;
      });
}

}  // namespace

void add_connection_lists(CLI::App& app, ctl_result& to) {
  add_monitor_command<connections_options>(app, to, "connections", "List connections",
                                           R"(Examples:
  abilityctl connections --filter user:1
  abilityctl connections --sort pending --limit 10
  abilityctl connections --cluster --all --json | jq '.nodes[].connections[].id')",
                                           connections);
  add_monitor_command<connection_options>(app, to, "connection", "Show one connection and the streams it follows",
                                          R"(Example:
  abilityctl connection 2pRNRdO3vbEHnADpNMCLq
      An ID that begins with - is given behind --.)",
                                          connection);
}

}  // namespace ability
