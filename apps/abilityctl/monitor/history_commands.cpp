// The commands `history` and `sessions`: show what nodes keep for clients that come back.
#include "apps/abilityctl/monitor/record_lists.hpp"
#include "apps/abilityctl/terminal/human.hpp"

namespace ability {
namespace {

using answers = std::vector<node_answer>;

// -- history ---

struct history_options : name_and_limit_options {
  explicit history_options(CLI::App& command)
      : name_and_limit_options{command, "NAME", "The stream's name", "Of the last publications, at most", 10} {}
};

/// The facts of a log, beginning with the node's name if one is given.
table facts_of_log(const json& log, const std::string* node) {
  table facts{{{""}, {""}}};
  if (node)
    facts.add({"node", *node});
  facts.add({"stream", text_at(log, "name")});
  facts.add({"epoch", text_at(log, "position.epoch")});
  facts.add({"offset", count_at(log, "position.offset")});
  facts.add({"first kept", number_at(log, "kept") == 0 ? unknown_figure : count_at(log, "first")});
  facts.add({"kept", count_at(log, "kept") + " of " + count_at(log, "limit")});
  facts.add({"kept for", figure_at(log, "ttl_s", human_seconds)});
  facts.add({"size", figure_at(log, "bytes", human_bytes)});
  return facts;
}

table publications_of(const json& log) {
  table rows{{{"OFFSET", true}, {"TIME"}, {"SIZE", true}}};
  for (const auto& each : array_at(log, "publications")) {
    const auto time = number_at(each, "at_ms");
    rows.add({count_at(each, "offset"), time ? human_clock(static_cast<std::int64_t>(*time)) : unknown_figure,
              figure_at(each, "bytes", human_bytes)});
  }
  return rows;
}

ctl_result history(const history_options& given) {
  return ask_and_print(
      given, [&](monitor_client& node) { return node.ask("history", given.question()); },
      [&](const answers& got) {
        std::string out;
        for (const auto& [node, value] : got) {
          const auto rows = publications_of(*value);
          out += (out.empty() ? "" : "\n") +
                 facts_of_log(*value, given.cluster() ? &node : nullptr).text(text_style::of(1));
          if (rows.rows() > 0)
            out += '\n' + rows.text(text_style::of(1));
        }
        return out;
      });
}

// -- sessions ---

// For how long a node keeps sessions; `off` if it keeps none, as with --broker none.
std::string session_time_of(const json& facts) {
  return number_at(facts, "ttl_s") == 0 ? "off" : figure_at(facts, "ttl_s", human_seconds);
}

ctl_result sessions(const monitor_options& given) {
  return ask_and_print(
      given, [](monitor_client& node) { return node.ask("sessions"); },
      [&](const answers& got) {
        node_rows rows{given.cluster(),
                       {{"SESSIONS", true},
                        {"AT MOST", true},
                        {"SIZE", true},
                        {"AT MOST", true},
                        {"NEWEST", true},
                        {"OLDEST", true},
                        {"KEPT FOR", true},
                        {"SHARED", true}}};
        for (const auto& [node, value] : got)
          rows.add(node,
                   {count_at(*value, "sessions"), count_at(*value, "max"), figure_at(*value, "bytes", human_bytes),
                    figure_at(*value, "max_bytes", human_bytes), figure_at(*value, "newest_s", human_seconds),
                    figure_at(*value, "oldest_s", human_seconds), session_time_of(*value), count_at(*value, "shared")});
        return rows.text();
      });
}

}  // namespace

void add_history(CLI::App& app, ctl_result& to) {
  add_monitor_command<history_options>(app, to, "history", "Show the last publications that are kept of a stream",
                                       R"(Examples:
  abilityctl history chat/1
  abilityctl history chat/1 --limit 100 --json | jq .publications
      Their places, times and sizes; what they say is not shown.)",
                                       history);
  add_monitor_command<monitor_options>(app, to, "sessions", "Show how many sessions are kept for clients to come back",
                                       R"(Example:
  abilityctl sessions
      Their ages count from the end of their connections. A node that keeps none (--sessions-ttl 0, --broker none, or in
      a cluster without --broker redis) says off. SHARED are those of all nodes in Redis (--broker redis); the other
      figures are then of sessions that wait for Redis to be back.)",
                                       sessions);
}

}  // namespace ability
