/// A scenario with numbered clients, publishers and meets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Plan of all parts of the generator. Immutable; lanes and processes share it.
struct run_plan {
  struct group {
    std::size_t first_client = 0;     ///< among all clients of the run
    std::size_t first_publisher = 0;  ///< among all publishers of the run, if it publishes
    bool publishes = false;
    bool wants_texts = false;        ///< it has a step that expects a text
    std::vector<std::size_t> meets;  ///< meets of its clients, as indexes into `run_plan::meets`
  };

  /// `run` distinguishes this run's messages from those of other runs.
  run_plan(scenario plan, std::uint32_t run);

  scenario what;
  std::uint32_t run;
  std::vector<group> groups;
  std::vector<std::string> meets;  ///< names, each once
  std::size_t clients = 0;
  std::size_t publishers = 0;

  std::size_t meet_index(const std::string& name) const;
};

/// One process's share of a run: the clients of each group whose number modulo `of` is `number`.
struct part_share {
  std::size_t number = 0;
  std::size_t of = 1;

  std::size_t clients(std::size_t count) const noexcept { return (count + of - 1 - number) / of; }
  /// The number, within its group, of this part's `n`th client.
  std::size_t client(std::size_t n) const noexcept { return number + n * of; }
};

}  // namespace ability::load
