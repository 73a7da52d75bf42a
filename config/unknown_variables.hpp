/// Environment variables that look like the daemon's but are not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// Elements of `names` that begin with `ABILITY_` or `ANYCABLE_`, belong to no option, and resemble a variable or an
/// argument of abilityd. Each is followed by a suggestion: `ABILITY_SECRETT (did you mean ABILITY_SECRET?)`. They are
/// no error, because other programs may own such variables.
std::vector<std::string> unknown_variables(std::span<const std::string> names);

/// True if Kubernetes creates such a variable for a Service. A Service ability-api gets `ABILITY_API_SERVICE_HOST`,
/// `ABILITY_API_PORT=tcp://10.96.3.4:80`, `ABILITY_API_PORT_80_TCP_ADDR` and more.
bool is_variable_of_service(std::string_view name, std::string_view value);

/// Names of all variables of this process except those of Kubernetes Services.
std::vector<std::string> process_variables();

}  // namespace ability
