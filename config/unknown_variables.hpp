/// Environment variables that look like the daemon's but are none.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ability {

/// The ones among `names` that begin with `ABILITY_` or `ANYCABLE_`, belong to no option and are like one that does, or
/// are called like what is only an argument, each followed by that: `ABILITY_SECRETT (did you mean ABILITY_SECRET?)`.
/// Other programs may have such variables, so they are no error.
std::vector<std::string> unknown_variables(std::span<const std::string> names);

/// The names of all variables of this process.
std::vector<std::string> process_variables();

}  // namespace ability
