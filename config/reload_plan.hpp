// The differences between a configuration that was read again and the one in force.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/options.hpp"

namespace ability {

/// Names of options are as in the file.
struct reload_plan {
  options next;                            ///< those in force, with each option that may change as it is wanted
  std::vector<std::string> changed;        ///< options that take effect
  std::vector<std::string> needs_restart;  ///< options that differ and stay as they are until the next start
};

/// Compares option by option. TLS is neither turned on nor off while the daemon runs, so what names its files may
/// change to other files only.
reload_plan plan_reload(const options& in_force, const options& wanted);

/// Whether an option may change while the daemon runs.
bool is_live(const std::string& option_name);

/// How many names there are for which `is_live`: of options, unless one is misspelt.
std::size_t live_option_count();

}  // namespace ability
