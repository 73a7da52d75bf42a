// The scenarios of the issue: the run against each server, and the limits beside it.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/report.hpp"
#include "tests/bench/servers.hpp"

namespace ability::load {

/// Settings of the whole run.
struct bench_settings {
  programs where;
  std::vector<server_kind> servers;  ///< the installed ones; the bare server first
  std::size_t rounds = 3;            ///< per server, in turn
  std::size_t idle_connections = 18'000;
  std::size_t open_files = 20'000;  ///< limit of a process
  bool quick = false;               ///< fewer messages, shorter waits
};

/// Scenarios that run together.
enum class bench_part {
  usual,    ///< without a subcommand
  cluster,  ///< by `cluster`
  history   ///< by `history`
};

/// A scenario by the letter it has in `--only`.
struct scenario {
  char letter;
  std::string what;
  void (*run)(const bench_settings&, report&);
  bench_part part = bench_part::usual;
};

const std::vector<scenario>& all_scenarios();

}  // namespace ability::load
