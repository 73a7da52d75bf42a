#include "protocol/http/authority.hpp"

#include <algorithm>
#include <charconv>

#include "protocol/text/host_port.hpp"

namespace ability {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_name_part(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}

// Length of the host at the front of `text`; 0 if invalid.
std::size_t host_size(std::string_view text) {
  if (!text.starts_with('['))
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_name_part) - text.begin());
  const auto end = text.find(']');
  if (end == std::string_view::npos)
    return 0;
  const auto address = text.substr(1, end - 1);
  const bool fits = std::ranges::all_of(address, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  return fits && address.find(':') != std::string_view::npos ? end + 1 : 0;
}

}  // namespace

std::optional<authority> parse_authority(std::string_view text) noexcept {
  const auto size = host_size(text);
  if (size == 0)
    return {};
  authority result{text.substr(0, size), {}};
  text.remove_prefix(size);
  if (text.empty())
    return result;
  if (!text.starts_with(':'))
    return {};
  text.remove_prefix(1);
  if (text.empty())
    return result;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size())
    return {};
  result.port = port;
  return result;
}

std::string authority_text(const std::string& host, std::uint16_t port, bool tls) {
  auto text = host_port(host, port);
  if (port == (tls ? 443 : 80))
    text.erase(text.rfind(':'));
  return text;
}

}  // namespace ability
