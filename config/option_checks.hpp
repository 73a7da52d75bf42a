// Checks of options against each other.
#pragma once

#include <string>

#include "config/option_layers.hpp"
#include "config/options.hpp"

namespace ability {

/// The first contradiction among checked values, as a sentence without a secret; empty if there is none. `given` knows
/// the origins of values.
std::string contradiction_in(const options& values, const option_layers& given);

}  // namespace ability
