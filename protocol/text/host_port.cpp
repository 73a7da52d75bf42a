#include "protocol/text/host_port.hpp"

#include <charconv>

namespace ability {

std::string host_port(std::string_view host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  std::string text{is_v6 ? "[" : ""};
  return text.append(host).append(is_v6 ? "]:" : ":").append(std::to_string(port));
}

std::optional<host_port_parts> split_host_port(std::string_view text) {
  host_port_parts parts;
  parts.is_bracketed = text.starts_with('[');
  if (parts.is_bracketed) {
    const auto end = text.find(']');
    if (end == std::string_view::npos)
      return {};
    parts.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    parts.host = text.substr(0, text.find(':'));
    text.remove_prefix(parts.host.size());
  }
  if (text.empty())
    return parts;
  std::uint16_t port = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 1, last, port);
  if (!text.starts_with(':') || error != std::errc{} || end != last)
    return {};
  parts.port = port;
  return parts;
}

}  // namespace ability
