/// The way to the members of a stream from outside of the actors.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/node/node.hpp"

namespace ability {

/// Calls `then` once, later and on the lane of `home`, with the members of `stream` as JSON (see `presence_total`), or
/// with null if the stream failed. Called on this lane.
void list_members(lane_home& home, std::string stream, std::function<void(std::shared_ptr<const std::string>)> then);

}  // namespace ability
