// connections, connection, streams, stream, nodes: what there is.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/ctl/human.hpp"
#include "apps/ctl/json_facts.hpp"
#include "apps/ctl/monitor_options.hpp"
#include "apps/ctl/record_pages.hpp"
#include "apps/ctl/table.hpp"
#include "protocol/utf8.hpp"

namespace ability {
namespace {

using answers = std::vector<node_answer>;

/// Prints rows of several nodes: each begins with its node's name if there may be more than one.
class node_rows {
public:
  node_rows(bool with_node, std::vector<table_column> columns) : with_node_{with_node} {
    if (with_node)
      columns.insert(columns.begin(), {"NODE"});
    rows_.emplace(std::move(columns));
  }

  void add(const std::string& node, std::vector<std::string> cells) {
    if (with_node_)
      cells.insert(cells.begin(), node);
    rows_->add(std::move(cells));
  }

  std::string text() const { return rows_->text(text_style::of(1)); }

private:
  bool with_node_;
  std::optional<table> rows_;
};

struct page_options : monitor_options {
  page_options(CLI::App& command, const char* searched) : monitor_options{command} {
    command.add_option("--filter", filter, std::string{"Only those with this text in their "} + searched)
        ->type_name("TEXT");
    command.add_option("--limit", limit, "Rows of each node, at most")->type_name("N")->capture_default_str();
    command.add_flag("--all", all, "All rows, however many");
    command.add_option("--after", after, "Go on behind a list that ended with this 'next'")->type_name("CURSOR");
  }

  std::optional<ctl_result> misuse() const {
    if (limit == 0)
      return wrong_usage("--limit must be 1 or more; --all is without a limit.");
    if (!is_utf8(filter) || !is_utf8(after))
      return wrong_usage("--filter and --after must be UTF-8.");
    return monitor_options::misuse();
  }

  std::string filter;
  std::string after;
  std::size_t limit = 100;
  bool all = false;
  const char* sorted_by = nullptr;  ///< the key of a figure, the highest first; null: as the node lists them
};

/// All rows have to be there before they can be sorted; then those that were asked for stay.
answer<json> read_sorted(monitor_client& node, page_request wanted, const page_options& given) {
  const auto most = wanted.limit;
  wanted.limit = std::numeric_limits<std::size_t>::max();
  auto page = read_pages(node, wanted);
  if (!page)
    return page;
  auto& rows = (*page)[wanted.verb];
  const auto figure = [&](const json& row) { return number_at(row, given.sorted_by).value_or(-1); };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& one, const auto& other) { return figure(one) > figure(other); });
  if (rows.size() > most)
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(most), rows.end());
  return page;
}

/// The rows, and on standard error how many more there are.
ctl_result list(const page_options& given, const char* verb, const std::vector<table_column>& columns,
                std::vector<std::string> (*cells)(const json& row)) {
  const page_request wanted{.verb = verb,
                            .filter = given.filter,
                            .after = given.after,
                            .limit = given.all ? std::numeric_limits<std::size_t>::max() : given.limit};
  std::string more;
  auto result = ask_and_print(
      given,
      [&](monitor_client& node) {
        return given.sorted_by == nullptr ? read_pages(node, wanted) : read_sorted(node, wanted, given);
      },
      [&](const answers& got) {
        node_rows rows{given.cluster(), columns};
        for (const auto& [node, value] : got) {
          for (const auto& row : array_at(*value, verb))
            rows.add(node, cells(row));
          if (value_at(*value, "next").is_string())
            more = std::string{"there are more "} + verb + " (" + count_at(*value, "total") + " without a filter" +
                   (given.cluster() ? " at " + printable(node) : "") + "); --all lists them, --filter narrows.";
        }
        return rows.text();
      });
  if (result.err.empty())
    result.err = more;
  return result;
}

// -- connections ---

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
  return list(given, "connections",
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

struct name_options : monitor_options {
  name_options(CLI::App& command, const char* what, const char* help) : monitor_options{command} {
    command.add_option(what, name, help)->type_name("")->required();
  }

  std::optional<ctl_result> misuse() const {
    if (name.empty() || !is_utf8(name))
      return wrong_usage("the name must be UTF-8 and not empty.");
    return monitor_options::misuse();
  }

  std::string name;
};

struct connection_options : name_options {
  explicit connection_options(CLI::App& command)
      : name_options{command, "ID", "The connection: its sid, as 'connections' lists it"} {}
};

ctl_result connection(const connection_options& given) {
  return ask_and_print(
      given,
      [&](monitor_client& node) {
        return node.ask("connection", {{"id", given.name}});
      },
      [&](const answers& got) {
        std::string out;
        for (const auto& [node, value] : got) {
          table facts{{{""}, {""}}};
          if (given.cluster())
            facts.add({"node", node});
          for (const char* key : {"id", "identity", "transport", "peer"})
            facts.add({key, text_at(*value, key)});
          facts.add({"connected", figure_at(*value, "connected_s", human_seconds)});
          facts.add({"in", figure_at(*value, "bytes_in", human_bytes)});
          facts.add({"out", figure_at(*value, "bytes_out", human_bytes)});
          facts.add({"pending", figure_at(*value, "pending_bytes", human_bytes)});
          table rows{{{"SUBSCRIPTION"}, {"STREAM"}}};
          for (const auto& each : array_at(*value, "subscriptions")) {
            auto identifier = text_at(each, "identifier");
            for (const auto& stream : array_at(each, "streams"))
              rows.add({std::exchange(identifier, ""), text_at(stream, "")});
            if (!identifier.empty())
              rows.add({identifier, unknown_figure});
          }
          if (value_at(*value, "more") == true)
            rows.add({"… and more", ""});
          out += (out.empty() ? "" : "\n") + facts.text(text_style::of(1));
          if (rows.rows() > 0)
            out += '\n' + rows.text(text_style::of(1));
        }
        return out;
      });
}

// -- streams ---

struct streams_options : page_options {
  explicit streams_options(CLI::App& command) : page_options{command, "name"} {}
};

ctl_result streams(const streams_options& given) {
  return list(given, "streams", {{"STREAM"}, {"SUBSCRIBERS", true}, {"GAPS", true}, {"LOST", true}},
              [](const json& row) {
                return std::vector{text_at(row, "name"), count_at(row, "subscribers"), count_at(row, "gaps"),
                                   count_at(row, "lost")};
              });
}

struct stream_options : name_options {
  explicit stream_options(CLI::App& command) : name_options{command, "NAME", "The stream's name"} {
    command.add_option("--limit", limit, "Connections of each node, at most")->type_name("N")->capture_default_str();
  }

  std::optional<ctl_result> misuse() const {
    if (limit < 1 || limit > 1'000)
      return wrong_usage("--limit must be 1 to 1000.");
    return name_options::misuse();
  }

  int limit = 100;
};

std::string text_of_stream(const json& value) {
  table facts{{{""}, {""}}};
  facts.add({"stream", text_at(value, "name")});
  for (const char* key : {"subscribers", "gaps", "lost"})
    facts.add({key, count_at(value, key)});
  std::string title = "connections";
  for (const auto& each : array_at(value, "connections"))
    facts.add({std::exchange(title, ""), text_at(each, "")});
  if (value_at(value, "more") == true)
    facts.add({"", "… and more"});
  return facts.text(text_style::of(1));
}

/// One stream, whatever nodes its followers are at: the sums, and then the followers of each node.
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
      given,
      [&](monitor_client& node) {
        return node.ask("stream", {{"name", given.name}, {"limit", given.limit}});
      },
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

struct nodes_options : monitor_options {
  explicit nodes_options(CLI::App& command) : monitor_options{command} {}
};

ctl_result nodes(const nodes_options& given) {
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
  add_monitor_command<streams_options>(app, to, "streams", "List streams that are followed, and by how many",
                                       R"(Examples:
  abilityctl streams --filter chat/
  abilityctl streams --cluster
      The same stream is listed for each node that has followers of it.)",
                                       streams);
  add_monitor_command<stream_options>(app, to, "stream", "Show one stream and who follows it",
                                      "Example:\n  abilityctl stream chat/1 --cluster", stream);
  add_monitor_command<nodes_options>(app, to, "nodes", "List the nodes of the cluster and the links to them",
                                     R"(Examples:
  abilityctl nodes
  abilityctl nodes --cluster
      Every node's own view: they agree unless a link is cut.)",
                                     nodes);
}

}  // namespace ability
