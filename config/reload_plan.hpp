// The differences between a reloaded configuration and the one in force.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/options.hpp"

namespace ability {

/// Outcome of the comparison. Options have their names of the file.
struct reload_plan {
  options next;                            ///< the options in force, with the new values of those that may change
  std::vector<std::string> changed;        ///< options that take effect
  std::vector<std::string> needs_restart;  ///< options that differ and keep their value until the next start
  /// Reason to refuse the reload, a sentence without a secret: `next` contradicts itself, or has a port without its
  /// secret, because options that need a restart stay. Empty: there is none.
  std::string contradiction = {};
};

/// Compares option by option. TLS cannot be turned on or off while the daemon runs, so an option that names a TLS
/// file may only change to another file.
reload_plan plan_reload(const options& in_force, const options& wanted);

/// True if the option may change while the daemon runs.
bool is_live(const std::string& option_name);

/// Number of names for which `is_live` is true. Each is an option's name unless one is misspelt.
std::size_t live_option_count();

}  // namespace ability
