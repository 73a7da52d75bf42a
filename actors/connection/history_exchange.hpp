/// The way of missed messages from the streams of a subscription to the client.
/// Source: docs/reliable-streams.md "On the wire".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/connection/connected_client.hpp"
#include "protocol/history/history_request.hpp"

namespace ability {

/// Room for messages that the client missed, beside those in `held`: what is larger would fill its queue, so that it
/// was closed as too slow. Null if `asked` is.
std::shared_ptr<replay_room> room_for_missed(const connected_client& client, const history_request* asked,
                                             const std::vector<subscriptions::held_stream>& held = {});

/// Tells a client with positions behind which it is sent everything of a subscription. `tag`: of the command that asked
/// for it. `completes`: see `reply::beginning`. `held`: the answers of its streams, if they were asked.
void tell_beginning(connected_client& client, const subscriptions::entry& of, std::uint32_t tag,
                    std::optional<bool> completes, const std::vector<subscriptions::held_stream>& held = {});

/// Sends the client what it missed of the streams in `held`, says that this is all, or that not all of it can be sent,
/// and lets the streams go on. Nothing is sent if one stream cannot answer: a client does not see which part is
/// missing. `tag`: of the command that asked.
void send_history(connected_client& client, const std::string& identifier, std::uint32_t tag,
                  const history_request& asked, const std::vector<subscriptions::held_stream>& held);

/// Asks the streams of a subscription that exists, but for those that gave one of `answers`, sends what all of them
/// answered, and calls `then`. No command of the client is handled meanwhile.
void exchange_history(connected_client& client, const std::string& identifier, std::uint32_t tag,
                      std::shared_ptr<const history_request> asked, std::vector<subscriptions::held_stream> answers,
                      std::function<void()> then);

/// Tells the client that it may have missed publications of a stream that it follows: for each of its subscriptions.
void tell_history_lost(connected_client& client, const std::string& stream);

}  // namespace ability
