// Common options of all commands to nodes.
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

/// Login secrets to try in turn. `given`: the node's one secret, from which the cluster's is derived as in `abilityd`,
/// or else the cluster's or the monitor's secret; the node logs a login that it refuses, so the likely one is first. If
/// it is empty, the environment variables of `abilityd` are used.
std::vector<std::string> login_secrets(const std::string& given);

/// `--node`, `--secret`, `--cert`, `--key`, `--ca`, `--timeout`, `--cluster`, `--json`.
class monitor_options {
public:
  explicit monitor_options(CLI::App& command);
  monitor_options(const monitor_options&) = delete;
  monitor_options& operator=(const monitor_options&) = delete;

  /// Error for options that are in conflict, after parsing; empty if there is none.
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

/// Asks and prints the answers, as JSON or as formatted by `text`, which gets the successful ones. Exit code 1 if any
/// node failed.
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
