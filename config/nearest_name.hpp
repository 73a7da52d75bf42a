// Suggestions for misspelt names: "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// The element of `names` with the fewest single-letter changes from `wrong`; empty if none is near.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& names);

/// The text ` (did you mean X?)`; empty if no name is near.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace ability
