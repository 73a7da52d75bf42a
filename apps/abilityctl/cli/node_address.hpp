// Where a node serves those who monitor it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// Where a node listens unless it is told otherwise.
inline constexpr std::uint16_t default_node_port = 7'700;

struct node_address {
  std::string host;  ///< a name or an IP address, IPv6 without brackets
  std::uint16_t port = default_node_port;

  bool operator==(const node_address&) const = default;
};

/// Reads `host`, `host:port`, `[v6]` or `[v6]:port`.
std::optional<node_address> parse_node_address(std::string_view text);

/// Whether it is this machine, without a look-up: `localhost` or an address of the loopback.
bool is_loopback(const node_address& where);

/// The form that `parse_node_address` reads, with the port.
std::string to_string(const node_address& where);

}  // namespace ability
