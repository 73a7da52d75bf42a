/// Address of a FlyRPC server as one text.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability::fly {

/// Carriers of packets.
enum class carrier : std::uint8_t { tcp, tls, udp, ws, wss };

/// `tcp://host:port`, `tls://host:port`, `udp://host:port`, `ws://host:port/path` or `wss://host:port/path`.
struct address {
  fly::carrier carrier = fly::carrier::tcp;
  std::string host = {};   ///< a name or an IP address, IPv6 without brackets
  std::uint16_t port = 0;  ///< 0 to listen on any free one
  std::string path = {};   ///< of WebSocket: begins with `/`; empty for others

  bool operator==(const address&) const = default;
};

/// Parses such a text. WebSocket's default path is `/`.
/// Errors: `wrong_value`, which shows the valid forms.
result<address> parse_address(std::string_view text);

/// The address as text.
std::string to_string(const address& where);

}  // namespace ability::fly
