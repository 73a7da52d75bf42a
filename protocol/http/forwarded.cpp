#include "protocol/http/forwarded.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "protocol/http/field_reader.hpp"
#include "protocol/text/trimmed.hpp"

namespace ability {

namespace {

constexpr std::size_t address_bytes = 16;
constexpr unsigned mapped_bits = 96;

// An address in 16 bytes; IPv4 as ::ffff:a.b.c.d.
std::optional<std::string> parse_address(std::string_view text) {
  const std::string terminated{text};
  std::string bytes(address_bytes, '\0');
  if (text.find(':') != std::string_view::npos) {
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1)
      return {};
    return bytes;
  }
  bytes[10] = bytes[11] = '\xff';
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data() + 12) != 1)
    return {};
  return bytes;
}

bool same_front(std::string_view a, std::string_view b, unsigned bits) {
  const auto whole = bits / 8;
  if (a.substr(0, whole) != b.substr(0, whole))
    return false;
  const auto rest = 8 - bits % 8;
  return rest == 8 || static_cast<unsigned char>(a[whole]) >> rest == static_cast<unsigned char>(b[whole]) >> rest;
}

}  // namespace

std::string keep_cookies(std::string_view header, std::span<const std::string> names) {
  std::string kept;
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    const auto cookie = trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const auto name = trimmed(cookie.substr(0, cookie.find('=')));
    if (cookie.empty() || (!names.empty() && std::ranges::find(names, name) == names.end()))
      continue;
    if (!kept.empty())
      kept += "; ";
    kept += cookie;
  }
  return kept;
}

bool is_address(std::string_view text) { return parse_address(text).has_value(); }

bool trusted_proxies::add(std::string_view text) {
  const auto slash = text.find('/');
  auto network = parse_address(text.substr(0, slash));
  if (!network)
    return false;
  const bool v4 = text.find(':') == std::string_view::npos;
  const unsigned longest = v4 ? 32 : 128;
  unsigned bits = longest;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > longest)
      return false;
  }
  ranges_.push_back({std::move(*network), bits + (v4 ? mapped_bits : 0)});
  return true;
}

bool trusted_proxies::contain(std::string_view address) const {
  // Link-local addresses of sockets end with `%` and the interface.
  const auto bytes = parse_address(address.substr(0, address.find('%')));
  return bytes &&
         std::ranges::any_of(ranges_, [&](const auto& each) { return same_front(*bytes, each.network, each.bits); });
}

}  // namespace ability
