/// `host:port` as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// `host:port`, with brackets around an IPv6 address.
std::string host_port(std::string_view host, std::uint16_t port);

/// The parts of `host[:port]`. Views of the parsed text.
struct host_port_parts {
  std::string_view host;  ///< without brackets; may be empty; of any characters but `:` outside of brackets
  bool is_bracketed = false;
  std::optional<std::uint16_t> port = {};
};

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`. Nullopt: a bracket is not closed, or something other than a port
/// from 0 to 65535 follows the host. Characters of the host are the caller's to check.
std::optional<host_port_parts> split_host_port(std::string_view text);

}  // namespace ability
