/// Environment variables that look like the daemon's but are none.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// The ones among `names` that begin with `ABILITY_` or `ANYCABLE_`, belong to no option and are like one that does, or
/// are called like what is only an argument, each followed by that: `ABILITY_SECRETT (did you mean ABILITY_SECRET?)`.
/// Other programs may have such variables, so they are no error.
std::vector<std::string> unknown_variables(std::span<const std::string> names);

/// Whether Kubernetes makes such a variable for each Service that it knows: for one called ability-api
/// `ABILITY_API_SERVICE_HOST`, `ABILITY_API_PORT=tcp://10.96.3.4:80`, `ABILITY_API_PORT_80_TCP_ADDR` and more.
bool is_variable_of_service(std::string_view name, std::string_view value);

/// The names of all variables of this process but those of Services.
std::vector<std::string> process_variables();

}  // namespace ability
