/// The last packet to a FlyRPC client: an answer to a Helo with an error.
/// Source: docs/protocols/flyrpc.md "The end of a client's connection".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/connection/client_session.hpp"
#include "protocol/client/reply.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability {

/// A reason to end the connection, as packets and as WebSocket tell it.
struct farewell {
  fly::error_code why = fly::error_code::closing;
  std::string_view text = {};
  std::uint16_t code = 1000;  ///< of WebSocket's close frame

  static farewell of(refusal why) noexcept;

  /// `text` refers to that of `why`.
  static farewell of(const close_reason& why) noexcept;

  /// The packet; `sequence` is that of the client's Helo if it is still unanswered.
  std::string packet(std::uint8_t sequence = 0) const;
};

}  // namespace ability
