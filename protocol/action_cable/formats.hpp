/// The wire formats of Action Cable.
#pragma once

#include "protocol/client/wire_format.hpp"

namespace ability {

/// A variant of the format.
struct action_cable_variant {
  bool deflated = false;   ///< frames are compressed without context takeover (RFC 7692)
  bool positions = false;  ///< data has `stream_id`, `epoch` and `offset`
};

/// JSON in WebSocket text frames.
const wire_format& action_cable_json(action_cable_variant which = {}) noexcept;

}  // namespace ability
