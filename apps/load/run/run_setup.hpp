/// Checks before a run begins: targets, descriptors, processes.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "apps/load/links/endpoints.hpp"
#include "apps/load/run/run.hpp"
#include "apps/load/scenario/run_plan.hpp"

namespace ability::load {

/// A sentence about a target that `plan` needs and `where` lacks; empty if there is none.
std::optional<std::string> missing_target(const run_plan& plan, const reachable_target& where);

struct run_size {
  std::size_t processes = 1;
  std::size_t lanes = 1;  ///< per process
};

/// Number of processes and lanes for `plan`. Raises the descriptor limit of this process and of its later forks.
/// Error: a sentence with the remedy.
boost::system::result<run_size, std::string> size_of(const run_plan& plan, const run_options& options);

/// The processor's name and the number of cores.
std::string describe_machine();

}  // namespace ability::load
