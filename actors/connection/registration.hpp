/// Sessions that nodes share: the part of the connection. Other nodes know of the session before it ends, so that the
/// application hears of its end whatever becomes of this node.
#pragma once

#include <functional>
#include <string>

#include "actors/connection/connected_client.hpp"

namespace ability {

/// True if other nodes could be told of the session now.
bool can_be_registered(const connected_client& who);

/// Tells other nodes of the session if the application is owed a `disconnect` for it, and that the session `replaced`
/// goes on as this one, or empty. Then calls `then`, in a bounded time, whether that succeeded or not.
void register_session_of(connected_client& who, std::string replaced, std::function<void(bool is_held)> then);

/// The session has changed: other nodes are told within a second, of that and of further changes.
void note_change(connected_client& who);

/// The same if it is the first time that the application is asked about the client: tells at once.
void note_first_question(connected_client& who);

/// It is time to tell other nodes of changes.
void tell_changes(connected_client& who);

/// Has the connection of an open session end such that its client comes back with the session, at another node, once
/// another holder of the session has confirmed it. Calls `otherwise` if there is none.
void hand_off(connected_client& who, std::function<void()> confirmed, std::function<void()> otherwise);

}  // namespace ability
