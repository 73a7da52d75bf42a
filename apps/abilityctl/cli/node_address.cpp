#include "apps/abilityctl/cli/node_address.hpp"

#include <algorithm>
#include <charconv>

#include "protocol/http/loopback.hpp"

namespace ability {
namespace {

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  return error == std::errc{} && stopped == end && port > 0 ? std::optional{port} : std::nullopt;
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '/' && c != '[' && c != ']' && c != ',';
  });
}

}  // namespace

std::optional<node_address> parse_node_address(std::string_view text) {
  std::string_view host = text, behind;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos)
      return {};
    host = text.substr(1, end - 1);
    behind = text.substr(end + 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    behind = text.substr(host.size());
  }
  if (!is_host(host))
    return {};
  if (behind.empty())
    return node_address{std::string{host}};
  const auto port = behind.front() == ':' ? port_of(behind.substr(1)) : std::nullopt;
  return port ? std::optional{node_address{std::string{host}, *port}} : std::nullopt;
}

bool is_loopback(const node_address& where) { return is_loopback(where.host); }

std::string to_string(const node_address& where) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return (v6 ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port);
}

}  // namespace ability
