// Address at which a node serves monitoring programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// Default port of a node's monitor.
inline constexpr std::uint16_t default_node_port = 7'700;

struct node_address {
  std::string host;  ///< a name or an IP address, IPv6 without brackets
  std::uint16_t port = default_node_port;

  bool operator==(const node_address&) const = default;
};

/// Parses `host`, `host:port`, `[v6]` or `[v6]:port`.
std::optional<node_address> parse_node_address(std::string_view text);

/// True for this machine, without a look-up: `localhost` or a loopback address.
bool is_loopback(const node_address& where);

/// Formats for `parse_node_address`, with the port.
std::string to_string(const node_address& where);

}  // namespace ability
