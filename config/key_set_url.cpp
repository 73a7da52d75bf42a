#include "config/key_set_url.hpp"

#include <algorithm>

#include "protocol/text/host_port.hpp"

namespace ability {
namespace {

std::string must_be_key_set(const char* rule) {
  return std::string{"must be the path of a file, or https://host[:port][/path][?query], where "} + rule;
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

bool is_key_set_url(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

std::variant<key_set_url, std::string> parse_key_set_url(std::string_view url) {
  if (std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return must_be_key_set("no space or control character stands");
  key_set_url out;
  out.tls = url.starts_with("https://");
  out.port = out.tls ? 443 : 80;
  const auto rest = url.substr(out.tls ? 8 : 7);
  const auto path = std::min(rest.find_first_of("/?#"), rest.size());
  const auto where = rest.substr(0, path);
  const auto target = rest.substr(path);
  if (target.find('#') != std::string_view::npos || where.find('@') != std::string_view::npos)
    return must_be_key_set("there is no login and no fragment");
  out.target = (target.starts_with('/') ? "" : "/") + std::string{target};
  if (where.starts_with('[') && where.find(']') == std::string_view::npos)
    return must_be_key_set("the bracket of an IPv6 address is closed");
  const auto parts = split_host_port(where);
  if (!parts || parts->port == 0)
    return must_be_key_set("the port is a number from 1 to 65535");
  out.host = parts->host;
  out.port = parts->port.value_or(out.port);
  if (out.host.empty())
    return must_be_key_set("the host is not empty");
  if (!out.tls && !is_loopback_host(out.host))
    return must_be_key_set("http:// leads to a loopback address");
  return out;
}

}  // namespace ability
