// The commands `disconnect`, `drain`, `undrain` and `log-level`.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/monitor/json_facts.hpp"
#include "apps/abilityctl/monitor/monitor_options.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

/// Sends a command; prints a line for each node that executed it.
ctl_result order(const monitor_options& given, const std::string& verb, const json& arguments,
                 const std::function<std::string(const json&)>& done) {
  return ask_and_print(
      given, [&](monitor_client& node) { return node.ask(verb, arguments); },
      [&](const std::vector<node_answer>& answers) {
        std::string out;
        for (const auto& [node, value] : answers)
          out += (given.cluster() ? printable(node) + ": " : "") + done(*value) + '\n';
        return out;
      });
}

std::string counted(const json& from, const char* key) {
  const auto count = count_at(from, key);
  return count + (count == "1" ? " connection" : " connections");
}

// -- disconnect ---

struct disconnect_options : monitor_options {
  explicit disconnect_options(CLI::App& command) : monitor_options{command} {
    command.add_option("ID", id, "The connection: its sid, as 'connections' lists it")->type_name("");
    command.add_option("--identity", identity, "Every connection with this identity, at all nodes of the cluster")
        ->type_name("TEXT");
    command.add_flag("--no-reconnect", no_reconnect, "Tell the client not to come back");
  }

  std::optional<ctl_result> misuse() const {
    if (id.empty() == identity.empty())
      return wrong_usage("name one: the ID of a connection, or --identity.");
    if (!is_utf8(id) || !is_utf8(identity))
      return wrong_usage("the ID and the identity must be UTF-8.");
    return monitor_options::misuse();
  }

  std::string id;
  std::string identity;
  bool no_reconnect = false;
};

ctl_result disconnect(const disconnect_options& given) {
  json arguments;
  if (given.id.empty())
    arguments["identity"] = given.identity;
  else
    arguments["id"] = given.id;
  arguments["reconnect"] = !given.no_reconnect;
  return order(given, "disconnect", arguments, [&](const json& value) {
    return given.id.empty() ? "ordered at all nodes: each closes the connections that have this identity, if any; how "
                              "many is not reported ('abilityctl connections --cluster --filter' finds them before)"
                            : "disconnected " + counted(value, "disconnected");
  });
}

// -- drain ---

constexpr std::chrono::milliseconds look_up_every{250};
constexpr int longest_drain = 3'600;            // seconds
constexpr std::chrono::seconds last_bytes{10};  // time for clients to receive their last bytes after they were told

struct drain_options : monitor_options {
  explicit drain_options(CLI::App& command) : monitor_options{command} {
    const auto seconds = whole_within(0, longest_drain, "seconds");
    command.add_option("--within", within, "Seconds until the last client is told to leave")
        ->type_name("SECONDS")
        ->transform(seconds)
        ->capture_default_str();
    command
        .add_option("--notice", notice,
                    "Seconds of --within in which new clients are still let in, so that a balancer can notice; "
                    "without it, the node's --shutdown-delay, or a third of --within but 10 at most")
        ->type_name("SECONDS")
        ->transform(seconds);
    command.add_flag("--no-reconnect", no_reconnect, "Tell the clients not to come back");
    command.add_flag("--wait", wait, "Wait until no client is left; end with 1 if some are");
  }

  std::optional<ctl_result> misuse() const {
    if (notice && *notice > within)
      return wrong_usage("--notice must be 0 to " + std::to_string(within) + " seconds, as --within is, not " +
                         std::to_string(*notice) + ".");
    return monitor_options::misuse();
  }

  int within = 30;
  std::optional<int> notice;
  bool no_reconnect = false;
  bool wait = false;
};

/// True if `node` refuses new clients and has no client left; and its number of clients.
std::pair<bool, std::uint64_t> is_drained(const json& status) {
  const auto connections = static_cast<std::uint64_t>(number_at(status, "connections").value_or(0));
  return {connections == 0 && text_at(status, "state") != "leaving", connections};
}

/// Sends the drain command and returns the answer. With `--wait`, waits until no client is left or the time is over.
answer<json> drain_node(const drain_options& given, monitor_client& node) {
  json arguments{{"within_s", given.within}, {"reconnect", !given.no_reconnect}};
  if (given.notice)
    arguments["notice_s"] = *given.notice;
  auto ordered = node.ask("drain", arguments);
  if (!given.wait || !ordered)
    return ordered;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{given.within} + last_bytes;
  for (;;) {
    auto status = node.ask("status");
    if (!status)
      return status;
    if (text_at(*status, "state") == "running")
      return trouble{"undrained", "the node takes clients again: it was undrained meanwhile"};
    const auto [done, left] = is_drained(*status);
    (*ordered)["left"] = left;
    if (done || std::chrono::steady_clock::now() >= until)
      return ordered;
    std::this_thread::sleep_for(look_up_every);
  }
}

std::string told_of_drain(const drain_options& given, const json& answered) {
  if (!given.wait)
    return "draining: goodbye to " + counted(answered, "connections") + " within " + std::to_string(given.within) +
           " s, and no new clients then; the process stays";
  if (count_at(answered, "left") == "0")
    return "drained: no client is left; the process stays";
  return "not drained: " + counted(answered, "left") + " still there";
}

ctl_result drain(const drain_options& given) {
  std::atomic<bool> some_left{false};  // several threads ask nodes
  auto result = ask_and_print(
      given,
      [&](monitor_client& node) {
        auto answered = drain_node(given, node);
        if (answered && number_at(*answered, "left").value_or(0) > 0)
          some_left = true;
        return answered;
      },
      [&](const std::vector<node_answer>& answers) {
        std::string out;
        for (const auto& [node, value] : answers)
          out += (given.cluster() ? printable(node) + ": " : "") + told_of_drain(given, *value) + '\n';
        return out;
      });
  if (some_left)
    result.exit_code = 1;
  return result;
}

ctl_result undrain(const monitor_options& given) {
  return order(given, "undrain", json::object(), [](const json&) { return "takes clients again"; });
}

// -- log-level ---

constexpr std::array levels{"debug", "info", "warn", "error"};

struct log_level_options : monitor_options {
  explicit log_level_options(CLI::App& command) : monitor_options{command} {
    command.add_option("LEVEL", level, "debug, info, warn or error")->type_name("")->required();
  }

  std::optional<ctl_result> misuse() const {
    if (std::find(levels.begin(), levels.end(), level) == levels.end())
      return wrong_usage("the level must be debug, info, warn or error, not '" + printable(level) + "'.");
    return monitor_options::misuse();
  }

  std::string level;
};

ctl_result log_level(const log_level_options& given) {
  return order(given, "log-level", {{"level", given.level}}, [](const json& value) {
    return "logs " + printable(text_at(value, "level")) + ", was " + printable(text_at(value, "was"));
  });
}

}  // namespace

void add_orders(CLI::App& app, ctl_result& to) {
  add_monitor_command<disconnect_options>(app, to, "disconnect", "Close a connection, or all of one identity",
                                          R"(Examples:
  export ABILITY_CLUSTER_SECRET=...
  abilityctl disconnect 2pRNRdO3vbEHnADpNMCLq
  abilityctl disconnect --identity '{"user_id":1}' --no-reconnect
      An ID that begins with - is given behind --.)",
                                          disconnect);
  add_monitor_command<drain_options>(app, to, "drain", "Send a node's clients to other nodes and take no new ones",
                                     R"(Example:
  ABILITY_CLUSTER_SECRET=... abilityctl drain --node 10.0.0.7:7700 --within 120 --wait
      Its health page answers 503 from now on. With --cluster all nodes are drained.)",
                                     drain);
  add_monitor_command<monitor_options>(app, to, "undrain", "Have a node that is drained take clients again",
                                       "Example:\n  ABILITY_CLUSTER_SECRET=... abilityctl undrain --node 10.0.0.7:7700",
                                       undrain);
  add_monitor_command<log_level_options>(app, to, "log-level", "Change what a node logs, until it ends",
                                         "Example:\n  ABILITY_CLUSTER_SECRET=... abilityctl log-level debug --cluster",
                                         log_level);
}

}  // namespace ability
