/// Sessions that outlive their connections: the part of the connection.
/// Source: docs/protocols/action-cable.md "Sessions".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actors/connection/client_session.hpp"
#include "actors/connection/command_handler.hpp"
#include "actors/connection/connected_client.hpp"
#include "actors/node/session_refusal.hpp"
#include "actors/sessions/messages.hpp"
#include "protocol/history/history_request.hpp"

namespace ability {

/// True if `text` can be a session id of this or another node.
bool is_session_id(std::string_view text) noexcept;

/// Counts and logs a client's demand for an earlier session that is refused.
void note_refusal(const connected_client& who, std::string_view earlier_sid, session_refusal why);

/// Gives a session that was taken back to those that are kept.
void give_back(const connected_client& who, const session_ptr& session);

/// Admits a client with its earlier session: its subscriptions follow their streams again, then it is welcomed. Its
/// commands wait until then. `expires`: end of its present token.
void restore_session(connected_client& who, command_handler& commands, session_ptr session,
                     client_session::time_point expires);

/// Has a restored subscription follow its streams, with the history that its client asks for, or null: the client is
/// told that it may have missed something. Then calls `then`. A stream that the request does not name begins where the
/// session began to follow it. `tag`: of the command that asked, or of the subscription.
void follow_with_history(connected_client& who, command_handler& commands, subscriptions::entry& of, std::uint32_t tag,
                         const std::shared_ptr<const history_request>& asked, std::function<void()> then);

/// Decides whether the session is to go on at another connection, whose client makes this claim.
session_search answer_claim(const connected_client& who, const session_claim& claim);

/// A copy of the session as it would be kept now. REQUIRES `resumable`.
session_ptr snapshot_of(const connected_client& who);

/// Tells the application of the end of a session with this identity that does not come back.
void tell_application(connected_client& who, const std::string& identity);

/// Called once, when the connection of an admitted client ends: has its session kept, or tells the application.
void end_session(connected_client& who);

}  // namespace ability
