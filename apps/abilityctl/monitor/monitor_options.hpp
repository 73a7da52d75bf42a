// What all commands to nodes are told.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/abilityctl/cli/subcommands.hpp"
#include "apps/abilityctl/monitor/ask_nodes.hpp"

namespace ability {

/// What to log in to a node with, in turn. `given`: the cluster's secret, that of its monitor, or the one secret of the
/// node, from which the cluster's is derived as `abilityd` does. Empty: the environment tells what it tells `abilityd`.
std::vector<std::string> login_secrets(const std::string& given);

/// `--node`, `--secret`, `--cert`, `--key`, `--ca`, `--timeout`, `--cluster`, `--json`.
class monitor_options {
public:
  explicit monitor_options(CLI::App& command);
  monitor_options(const monitor_options&) = delete;
  monitor_options& operator=(const monitor_options&) = delete;

  /// After parsing: why they cannot be meant so.
  std::optional<ctl_result> misuse() const;

  /// REQUIRES no `misuse`.
  whom_to_ask whom() const;

  bool cluster() const noexcept { return cluster_; }
  bool json() const noexcept { return json_; }

private:
  std::string node_ = "127.0.0.1:7700";
  std::string secret_;
  tls_files tls_;
  double timeout_ = 5;
  bool cluster_ = false;
  bool json_ = false;
};

/// Asks, and prints the answers: as JSON, or as what `text` makes of those that there are. Ends with 1 if there is
/// trouble with any node.
ctl_result ask_and_print(const monitor_options& given, const conversation& what,
                         const std::function<std::string(const std::vector<node_answer>&)>& text);

/// Adds a command whose options derive from `monitor_options`.
template <class Options>
void add_monitor_command(CLI::App& app, ctl_result& to, const char* name, const char* help, const char* footer,
                         ctl_result (*run)(const Options&)) {
  auto* command = app.add_subcommand(name, help)->group("Nodes");
  auto given = std::make_shared<Options>(*command);
  command->footer(footer);
  command->callback([given, run, &to] {
    auto misuse = given->misuse();
    to = misuse ? std::move(*misuse) : run(*given);
  });
}

}  // namespace ability
