/// Where publications enter, whatever they came by.
#pragma once

#include "actors/node.hpp"
#include "protocol/publication.hpp"

namespace ability {

/// Takes a publication as a whole: sends its broadcasts to the directories in their order, or a command to all
/// registries. The caller asks `gate.full()` first and makes its source wait or come again (design.md 7).
/// Called on the lane of `home`.
void publish(lane_home& home, publication what);

}  // namespace ability
