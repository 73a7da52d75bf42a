// The options of publications: their ways in, and how long they are kept.
#pragma once

#include <vector>

#include "config/option.hpp"

namespace ability {

std::vector<option> broadcast_options();

/// Of history, and of sessions that come back to it.
std::vector<option> history_options();

/// Of presence, and of the API that tells of it.
std::vector<option> presence_options();

std::vector<option> redis_options();

}  // namespace ability
