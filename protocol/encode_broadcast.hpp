/// Broadcasts as the ready wire frames of each encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/publication.hpp"

namespace ability {

/// How a connection wants its broadcasts on the wire.
enum class encoding : std::uint8_t {
  action_cable_json,           ///< JSON in WebSocket text frames
  action_cable_json_deflated,  ///< the same, compressed without context takeover (RFC 7692)
};

/// Appends the whole frame that a subscription called `identifier` gets for `message`.
void append_encoded(std::string& out, encoding how, std::string_view identifier, const broadcast& message);

}  // namespace ability
