// The command `presence`: the members of a stream.
#include <string>
#include <utility>
#include <vector>

#include "apps/abilityctl/monitor/record_lists.hpp"

namespace ability {
namespace {

using answers = std::vector<node_answer>;

struct presence_options : name_and_limit_options {
  explicit presence_options(CLI::App& command)
      : name_and_limit_options{command, "NAME", "The stream's name", "Members, at most", 100} {}
};

std::string text_of_presence(const presence_options& given, const answers& got) {
  std::string out;
  node_rows rows{given.cluster(), {{"MEMBER"}, {"SESSIONS", true}, {"AWAY", true}, {"INFO"}}};
  for (const auto& [node, value] : got) {
    table facts{{{""}, {""}}};
    if (given.cluster())
      facts.add({"node", node});
    facts.add({"stream", text_at(*value, "name")});
    facts.add({"members", count_at(*value, "total")});
    facts.add({"sessions", count_at(*value, "sessions")});
    out += facts.text(text_style::of(1)) + '\n';
    for (const auto& each : array_at(*value, "members"))
      rows.add(node, {text_at(each, "id"), count_at(each, "sessions"), count_at(each, "away"), text_at(each, "info")});
    if (value_at(*value, "more") == true)
      rows.add(node, {"… and more", "", "", ""});
  }
  return out + rows.text();
}

ctl_result presence(const presence_options& given) {
  return ask_and_print(
      given, [&](monitor_client& node) { return node.ask("presence", given.question()); },
      [&](const answers& got) { return text_of_presence(given, got); });
}

}  // namespace

void add_presence(CLI::App& app, ctl_result& to) {
  add_monitor_command<presence_options>(app, to, "presence", "Show who is present in a stream",
                                        R"(Example:
  abilityctl presence room/42
      SESSIONS are those by which a member is present; AWAY are those of them that have ended and may come back.)",
                                        presence);
}

}  // namespace ability
