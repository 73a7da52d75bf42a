/// The entry of publications from every source.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/broadcast/publication_receipt.hpp"
#include "actors/node/node.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// Scope: the nodes that receive a publication.
enum class scope : std::uint8_t {
  here,        ///< this node: the others receive it themselves, or one of them sent it
  everywhere,  ///< all nodes: only this node received it and forwards it
};

/// Publishes as a whole: sends broadcasts to the directories in their order, or a command to all registries. The caller
/// checks `gate.full()` first and makes its source wait or retry
/// (docs/ARCHITECTURE.md "Bounds"). Called on the lane of `home`. `receipt` is told the positions of the broadcasts;
/// null: nobody waits for them.
void publish(lane_home& home, publication what, scope how_far,
             const std::shared_ptr<publication_receipt>& receipt = nullptr);

}  // namespace ability
