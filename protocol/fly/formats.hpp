/// The wire formats of FlyRPC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/client/wire_format.hpp"

namespace ability::fly {

/// Packets back to back over TCP, and one in each datagram over UDP. `positions`: ahead of each message.
const wire_format& packet_format(bool positions = false) noexcept;

/// Packets in WebSocket binary frames.
const wire_format& websocket_format(bool positions = false) noexcept;

/// The tag of a command: its subscription's alias and its own sequence number.
constexpr std::uint32_t tag_of(std::uint16_t alias, std::uint8_t sequence) noexcept {
  return std::uint32_t{alias} << 8U | sequence;
}
constexpr std::uint16_t alias_of(std::uint32_t tag) noexcept { return static_cast<std::uint16_t>(tag >> 8U); }
constexpr std::uint8_t sequence_of(std::uint32_t tag) noexcept { return static_cast<std::uint8_t>(tag); }

}  // namespace ability::fly
