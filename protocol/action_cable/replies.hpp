/// Replies to a client in the messages of Action Cable.
/// Source: docs/protocols/action-cable.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/client/reply.hpp"

namespace ability {

/// Encodes `what`; empty if Action Cable has no message for it.
std::string message_of(const client_reply& what);

/// The last message and close frame of a connection.
struct cable_goodbye {
  std::string text;         ///< the last message; empty: none
  std::uint16_t code;       ///< of the WebSocket close frame
  std::string_view reason;  ///< of the close frame; refers to the text it was made from
};

/// The last message and close frame for the reason `why`.
cable_goodbye goodbye_of(const close_reason& why);

}  // namespace ability
