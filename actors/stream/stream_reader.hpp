/// The way to what a stream knows from outside of the actors.
#pragma once

#include <functional>
#include <string>

#include "actors/node/node.hpp"
#include "actors/stream/history/messages.hpp"
#include "actors/stream/presence/messages.hpp"

namespace ability {

// Each is called on the lane of `home`. The two last ones call `then` once, later and there: with the answer, or with
// null if the stream failed.

/// Spawns a reader for one question.
stream_reader_actor spawn_stream_reader(lane_home& home);

/// Asks `stream` for its members; `presence_answer::listing` has them.
void find_members(lane_home& home, std::string stream, std::function<void(const presence_answer*)> then);

/// Asks the stream of the question for a part of its log, or the store of shared logs.
void find_history(lane_home& home, list_history question, std::function<void(const history_page*)> then);

}  // namespace ability
