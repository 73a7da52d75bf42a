/// The key of a WebSocket handshake.
/// Source: RFC 6455 section 4.2.1.
#pragma once

#include <string_view>

namespace ability {

/// True if `key` is the base64 text of 16 bytes. Beast accepts any text.
bool is_handshake_key(std::string_view key) noexcept;

}  // namespace ability
