#include "apps/abilityctl/cli/node_address.hpp"

#include <algorithm>

#include "protocol/http/loopback.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {
namespace {

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '/' && c != '[' && c != ']' && c != ',';
  });
}

}  // namespace

std::optional<node_address> parse_node_address(std::string_view text) {
  const bool is_bare_v6 = !text.starts_with('[') && std::count(text.begin(), text.end(), ':') > 1;
  const auto parts = is_bare_v6 ? host_port_parts{text} : split_host_port(text);
  if (!parts)
    return {};
  const auto port = parts->port.value_or(default_node_port);
  return is_host(parts->host) && port != 0 ? std::optional{node_address{std::string{parts->host}, port}} : std::nullopt;
}

bool is_loopback(const node_address& where) { return is_loopback(where.host); }

std::string to_string(const node_address& where) { return host_port(where.host, where.port); }

}  // namespace ability
