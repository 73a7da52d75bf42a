/// What is looked at before a run begins: targets, descriptors, processes.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "apps/load/links/endpoints.hpp"
#include "apps/load/run/run.hpp"
#include "apps/load/run/run_plan.hpp"

namespace ability::load {

/// A sentence on what `plan` needs and `where` has not. None: all is there.
std::optional<std::string> missing_target(const run_plan& plan, const reachable_target& where);

struct run_size {
  std::size_t processes = 1;
  std::size_t lanes = 1;  ///< of each process
};

/// How many processes and lanes run `plan`; raises this process's limit of descriptors, and so that of those that it
/// forks. Error: a sentence that names the remedy.
boost::system::result<run_size, std::string> size_of(const run_plan& plan, const run_options& options);

/// The processor's name and how many cores there are.
std::string describe_machine();

}  // namespace ability::load
