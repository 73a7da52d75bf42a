/// Where publications enter, whatever they came by.
#pragma once

#include <cstdint>

#include "actors/node/node.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// Which nodes of the cluster get a publication from where it came.
enum class reach : std::uint8_t {
  here,        ///< each node gets it by itself, or it comes from another node
  everywhere,  ///< only this node: it is passed on to the others
};

/// Takes a publication as a whole: sends its broadcasts to the directories in their order, or a command to all
/// registries. The caller asks `gate.full()` first and makes its source wait or come again
/// (docs/ARCHITECTURE.md "Bounds"). Called on the lane of `home`.
void publish(lane_home& home, publication what, reach how_far);

}  // namespace ability
