/// Broadcasts as the ready wire frames of each encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/publication/publication.hpp"

namespace ability {

/// How a connection wants its broadcasts on the wire.
enum class encoding : std::uint8_t {
  action_cable_json,           ///< JSON in WebSocket text frames
  action_cable_json_deflated,  ///< the same, compressed without context takeover (RFC 7692)
  fly,                         ///< FlyRPC packets
  fly_websocket,               ///< the same in WebSocket binary frames
};

/// Whether connections with this encoding call their subscriptions by aliases.
constexpr bool uses_aliases(encoding how) noexcept { return how == encoding::fly || how == encoding::fly_websocket; }

/// What a subscription is called in the frames of its broadcasts: its identifier, or its alias as text.
std::string wire_name(encoding how, const std::string& identifier, std::uint16_t alias);

/// Appends the whole frame that a subscription with this `wire_name` gets for `message`. In place of a message that is
/// too long for a FlyRPC packet, the client is told how long it is.
void append_encoded(std::string& out, encoding how, std::string_view wire_name, const broadcast& message);

/// Whether a message with so much `data` cannot be delivered so.
bool too_long_for(encoding how, std::string_view data) noexcept;

}  // namespace ability
