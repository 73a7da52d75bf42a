// Options of `abilityctl load`.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apps/abilityctl/cli/tls_files.hpp"
#include "apps/load/run/run.hpp"

namespace ability {

struct load_options {
  explicit load_options(CLI::App& command);
  load_options(const load_options&) = delete;
  load_options& operator=(const load_options&) = delete;

  /// Sentence about options that are in conflict, after parsing; empty if there are none.
  std::optional<std::string> misuse() const;

  /// REQUIRES no `misuse`. Secrets may come from the environment.
  load::target target() const;

  std::string scenario;
  load::target where;  ///< as given on the command line
  std::vector<std::string> headers;
  double scale = 1;
  std::size_t lanes = 0;
  std::size_t processes = 0;
  std::optional<int> pid;
  std::string monitor;
  tls_files tls;
  std::vector<std::string> reports;
  bool json = false;
  bool quiet = false;
  bool check = false;

private:
  void add_target(CLI::App& command);
  void add_generator(CLI::App& command);
  void add_output(CLI::App& command);
};

}  // namespace ability
