#include "protocol/fly/address.hpp"

#include <algorithm>
#include <array>

#include "protocol/json/excerpt.hpp"
#include "protocol/text/host_port.hpp"

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
  const auto parts = split_host_port(rest);
  if (!parts || !parts->port || parts->host.empty() || parts->host.find_first_of("[]@?#") != std::string_view::npos)
    return wrong(text);
  where.host = parts->host;
  where.port = *parts->port;
  return where;
}

std::string to_string(const address& where) {
  return std::string{schemes[static_cast<std::size_t>(where.carrier)]} + "://" + host_port(where.host, where.port) +
         where.path;
}

}  // namespace ability::fly
