/// A scenario with all in it numbered: clients, publishers and the names they meet by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// What all parts of the generator go by. Immutable; lanes and processes share it.
struct run_plan {
  struct group {
    std::size_t first_client = 0;     ///< among all clients of the run
    std::size_t first_publisher = 0;  ///< among all publishers of the run, if it publishes
    bool publishes = false;
    bool wants_texts = false;        ///< has a step that expects one
    std::vector<std::size_t> meets;  ///< that its clients come to, by index into `run_plan::meets`
  };

  /// `run` tells this run's messages from those of any other.
  run_plan(scenario plan, std::uint32_t run);

  scenario what;
  std::uint32_t run;
  std::vector<group> groups;
  std::vector<std::string> meets;  ///< names, each once
  std::size_t clients = 0;
  std::size_t publishers = 0;

  std::size_t meet_index(const std::string& name) const;
};

/// One of the processes of a run. It has the clients of each group whose number, modulo `of`, is `number`.
struct part_share {
  std::size_t number = 0;
  std::size_t of = 1;

  std::size_t clients(std::size_t count) const noexcept { return (count + of - 1 - number) / of; }
  /// The number in its group of the `n`th client of a group that this part has.
  std::size_t client(std::size_t n) const noexcept { return number + n * of; }
};

}  // namespace ability::load
