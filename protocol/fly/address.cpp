#include "protocol/fly/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "protocol/json/excerpt.hpp"

namespace ability::fly {

namespace {

constexpr std::array<std::string_view, 5> schemes{"tcp", "tls", "udp", "ws", "wss"};  // as in `carrier`

fault wrong(std::string_view text) {
  return {errc::wrong_value,
          "an address is tcp://host:port, tls://host:port, udp://host:port, ws://host:port/path or "
          "wss://host:port/path, found " +
              excerpt(text)};
}

bool is_plain(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }

bool is_websocket(carrier which) { return which == carrier::ws || which == carrier::wss; }

std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{port} : std::nullopt;
}

}  // namespace

result<address> parse_address(std::string_view text) {
  address where;
  const auto scheme_end = text.find("://");
  const auto scheme = std::ranges::find(schemes, text.substr(0, scheme_end));
  if (scheme_end == std::string_view::npos || scheme == schemes.end() || !std::ranges::all_of(text, is_plain))
    return wrong(text);
  where.carrier = static_cast<carrier>(scheme - schemes.begin());
  auto rest = text.substr(scheme_end + 3);
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    where.path = rest.substr(slash);
    rest = rest.substr(0, slash);
    if (!is_websocket(where.carrier))
      return wrong(text);
  } else if (is_websocket(where.carrier)) {
    where.path = "/";
  }
  const auto colon = rest.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : to_port(rest.substr(colon + 1));
  if (!port)
    return wrong(text);
  where.port = *port;
  auto host = rest.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("[]@?#") != std::string_view::npos ||
      (!bracketed && host.find(':') != std::string_view::npos))
    return wrong(text);
  where.host = host;
  return where;
}

std::string to_string(const address& where) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return std::string{schemes[static_cast<std::size_t>(where.carrier)]} + "://" +
         (v6 ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port) + where.path;
}

}  // namespace ability::fly
