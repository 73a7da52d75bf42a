// The scenarios of the issue: what is run against which server, and which limit stands beside it.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/report.hpp"
#include "tests/bench/servers.hpp"

namespace ability::load {

/// How the whole run is made.
struct bench_settings {
  programs where;
  std::vector<server_kind> servers;  ///< those that are here; the bare server first
  std::size_t rounds = 3;            ///< of each server, in turn
  std::size_t idle_connections = 18'000;
  std::size_t open_files = 20'000;  ///< that a process may have
  bool quick = false;               ///< fewer messages, shorter waits
};

/// A scenario by the letter it has in `--only`.
struct scenario {
  char letter;
  std::string what;
  void (*run)(const bench_settings&, report&);
  bool of_cluster = false;  ///< run by `cluster` only, or by its letter
};

const std::vector<scenario>& all_scenarios();

}  // namespace ability::load
