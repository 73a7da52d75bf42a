/// The wire formats of Action Cable.
#pragma once

#include "protocol/client/wire_format.hpp"

namespace ability {

/// JSON in WebSocket text frames.
const wire_format& action_cable_json() noexcept;

/// JSON in text frames, compressed without context takeover (RFC 7692).
const wire_format& action_cable_json_deflated() noexcept;

}  // namespace ability
