/// Replies to a client in the messages of Action Cable.
/// Source: docs/protocols/action-cable.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/client/reply.hpp"

namespace ability {

/// The message for `what`; empty: the protocol has none for it.
std::string message_of(const client_reply& what);

/// The end of a connection.
struct cable_goodbye {
  std::string text;         ///< the last message; empty: none
  std::uint16_t code;       ///< of a WebSocket close frame
  std::string_view reason;  ///< of the same; refers to the reason it was made from
};

/// The end of a connection for `why`.
cable_goodbye goodbye_of(const close_reason& why);

}  // namespace ability
