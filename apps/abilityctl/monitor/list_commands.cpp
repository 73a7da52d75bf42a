// The commands `streams`, `stream` and `nodes`.
#include <optional>
#include <utility>

#include "apps/abilityctl/monitor/record_lists.hpp"
#include "apps/abilityctl/terminal/human.hpp"

namespace ability {
namespace {

using answers = std::vector<node_answer>;

// -- streams ---

struct streams_options : page_options {
  explicit streams_options(CLI::App& command) : page_options{command, "name"} {}
};

ctl_result streams(const streams_options& given) {
  return list_records(given, "streams",
                      {{"STREAM"},
                       {"SUBSCRIBERS", true},
                       {"GAPS", true},
                       {"LOST", true},
                       {"OFFSET", true},
                       {"KEPT", true},
                       {"SIZE", true}},
                      [](const json& row) {
                        return std::vector{text_at(row, "name"),
                                           count_at(row, "subscribers"),
                                           count_at(row, "gaps"),
                                           count_at(row, "lost"),
                                           count_at(row, "position.offset"),
                                           count_at(row, "kept"),
                                           figure_at(row, "bytes", human_bytes)};
                      });
}

struct stream_options : name_and_limit_options {
  explicit stream_options(CLI::App& command)
      : name_and_limit_options{command, "NAME", "The stream's name", "Connections of each node, at most", 100} {}
};

std::string text_of_stream(const json& value) {
  table facts{{{""}, {""}}};
  facts.add({"stream", text_at(value, "name")});
  for (const char* key : {"subscribers", "gaps", "lost"})
    facts.add({key, count_at(value, key)});
  facts.add({"offset", count_at(value, "position.offset")});
  facts.add({"kept", count_at(value, "kept")});
  facts.add({"size", figure_at(value, "bytes", human_bytes)});
  std::string title = "connections";
  for (const auto& each : array_at(value, "connections"))
    facts.add({std::exchange(title, ""), text_at(each, "")});
  if (value_at(value, "more") == true)
    facts.add({"", "… and more"});
  return facts.text(text_style::of(1));
}

/// One stream across all nodes: the sums, then the followers of each node.
std::string text_of_stream(const answers& got) {
  const auto sum = [&](const char* key) {
    std::uint64_t all = 0;
    for (const auto& [node, value] : got)
      all += static_cast<std::uint64_t>(number_at(*value, key).value_or(0));
    return std::to_string(all);
  };
  table facts{{{""}, {""}}};
  facts.add({"stream", text_at(*got.front().value, "name")});
  for (const char* key : {"subscribers", "gaps", "lost"})
    facts.add({key, sum(key)});
  facts.add({"nodes", std::to_string(got.size())});
  table rows{{{"NODE"}, {"SUBSCRIBERS", true}, {.title = "CONNECTION", .is_whole = true}}};
  for (const auto& [node, value] : got) {
    auto name = node;
    auto count = count_at(*value, "subscribers");
    for (const auto& each : array_at(*value, "connections"))
      rows.add({std::exchange(name, ""), std::exchange(count, ""), text_at(each, "")});
    if (!name.empty())
      rows.add({name, count, unknown_figure});
    if (value_at(*value, "more") == true)
      rows.add({"", "", "… and more"});
  }
  return facts.text(text_style::of(1)) + '\n' + rows.text(text_style::of(1));
}

ctl_result stream(const stream_options& given) {
  return ask_and_print(
      given, [&](monitor_client& node) { return node.ask("stream", given.question()); },
      [&](const answers& got) { return given.cluster() ? text_of_stream(got) : text_of_stream(*got.front().value); });
}

// -- nodes ---

std::vector<table_column> node_columns() {
  return {{"NAME"},           {"ADDRESS"},   {"STATE"},    {"SINCE", true},   {"STREAMS", true}, {"SENT", true},
          {"RECEIVED", true}, {"OUT", true}, {"IN", true}, {"WAITING", true}, {"LOST", true},    {"ROUND TRIP", true}};
}

std::vector<std::string> node_cells(const json& each) {
  return {text_at(each, "name"),
          text_at(each, "address"),
          text_at(each, "state"),
          figure_at(each, "since_s", human_seconds),
          count_at(each, "streams"),
          count_at(each, "sent"),
          count_at(each, "received"),
          figure_at(each, "bytes_sent", human_bytes),
          figure_at(each, "bytes_received", human_bytes),
          figure_at(each, "waiting_bytes", human_bytes),
          count_at(each, "lost"),
          figure_at(each, "round_trip_ms", human_milliseconds)};
}

ctl_result nodes(const monitor_options& given) {
  return ask_and_print(
      given, [](monitor_client& node) { return node.ask("nodes"); },
      [&](const answers& got) {
        node_rows rows{given.cluster(), node_columns()};
        for (const auto& [node, value] : got)
          for (const auto& each : array_at(*value, "nodes"))
            rows.add(node, node_cells(each));
        return rows.text();
      });
}

}  // namespace

void add_lists(CLI::App& app, ctl_result& to) {
  add_monitor_command<streams_options>(app, to, "streams", "List streams that are followed, and by how many",
                                       R"(Examples:
  abilityctl streams --filter chat/
  abilityctl streams --cluster
      The same stream is listed for each node that has followers of it.)",
                                       streams);
  add_monitor_command<stream_options>(app, to, "stream", "Show one stream and who follows it",
                                      "Example:\n  abilityctl stream chat/1 --cluster", stream);
  add_monitor_command<monitor_options>(app, to, "nodes", "List the nodes of the cluster and the links to them",
                                       R"(Examples:
  abilityctl nodes
  abilityctl nodes --cluster
      Every node's own view: they agree unless a link is cut.)",
                                       nodes);
}

}  // namespace ability
