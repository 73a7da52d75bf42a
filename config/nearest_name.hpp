// "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// The name among `names` that takes the fewest single-letter changes from `wrong`; empty if none is near.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& names);

/// ` (did you mean X?)`, or nothing.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace ability
