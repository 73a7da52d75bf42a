/// Where a FlyRPC server is, as one text.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability::fly {

/// What carries the packets.
enum class carrier : std::uint8_t { tcp, tls, udp, ws, wss };

/// `tcp://host:port`, `tls://host:port`, `udp://host:port`, `ws://host:port/path` or `wss://host:port/path`.
struct address {
  fly::carrier carrier = fly::carrier::tcp;
  std::string host = {};   ///< a name or an IP address, an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< 0 to listen on any free one
  std::string path = {};   ///< of WebSocket: begins with `/`; others have none

  bool operator==(const address&) const = default;
};

/// Takes such a text apart. Without a path, WebSocket's is `/`.
/// Errors: `wrong_value`, which says what an address must be.
result<address> parse_address(std::string_view text);

/// The text of `where`.
std::string to_string(const address& where);

}  // namespace ability::fly
