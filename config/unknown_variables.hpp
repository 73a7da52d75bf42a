/// Environment variables that look like the daemon's but are none.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ability {

/// Of `names`, each that begins with `ABILITY_` or `ANYCABLE_`, belongs to no option and is like one that does,
/// followed by that: `ABILITY_SECRETT (did you mean ABILITY_SECRET?)`. Other programs may have such variables, so they
/// are no error.
std::vector<std::string> unknown_variables(std::span<const std::string> names);

/// The names of all variables of this process.
std::vector<std::string> process_variables();

}  // namespace ability
