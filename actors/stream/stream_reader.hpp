/// The way to what a stream knows from outside of the actors.
#pragma once

#include <functional>
#include <string>

#include "actors/node/node.hpp"
#include "actors/stream/history/messages.hpp"
#include "actors/stream/presence/messages.hpp"

namespace ability {

// Each is called on the lane of `home`, and calls `then` once, later and there: with the answer, or with null if the
// stream failed.

/// Asks `stream` for its members; `presence_answer::listing` has them.
void find_members(lane_home& home, std::string stream, std::function<void(const presence_answer*)> then);

/// Asks the stream of the question for a part of its log.
void find_history(lane_home& home, list_history question, std::function<void(const history_page*)> then);

}  // namespace ability
