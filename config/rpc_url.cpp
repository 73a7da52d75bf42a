#include "config/rpc_url.hpp"

#include <algorithm>
#include <optional>

#include "protocol/text/host_port.hpp"

namespace ability {
namespace {

using outcome = std::variant<rpc_url, std::string>;

std::string must_be_rpc(const char* rule) {
  return std::string{"must be "} + rpc_url_forms + (rule == nullptr ? "" : std::string{", where "} + rule);
}

// Parses `host:port` or `[v6]:port`. The default port is `fallback`; if that is 0, a port is required.
std::optional<rpc_address> read_rpc_address(std::string_view text, std::uint16_t fallback) {
  const auto parts = split_host_port(text);
  if (!parts || parts->host.empty() || parts->host.find_first_of("/?#@") != std::string_view::npos)
    return std::nullopt;
  const auto port = parts->port.value_or(fallback);
  return port == 0 ? std::nullopt : std::optional{rpc_address{std::string{parts->host}, port}};
}

outcome http_url(std::string_view rest, bool tls) {
  const auto slash = std::min(rest.find('/'), rest.size());
  auto where = read_rpc_address(rest.substr(0, slash), tls ? 443 : 80);
  if (!where)
    return must_be_rpc("the host is not empty and the port a number from 1 to 65535");
  auto path = rest.substr(slash);
  if (path.find_first_of("?#") != std::string_view::npos)
    return must_be_rpc("nothing follows the path");
  while (path.ends_with('/'))
    path.remove_suffix(1);
  return rpc_url{.transport = rpc_transport::http,
                 .tls = tls,
                 .host = std::move(where->host),
                 .port = where->port,
                 .path = std::string{path},
                 .backends = {}};
}

outcome grpc_url(std::vector<rpc_address> servers) {
  rpc_url url;
  url.transport = rpc_transport::grpc;
  url.backends = std::move(servers);
  return url;
}

// Parses a list of addresses; each needs a port.
std::optional<std::vector<rpc_address>> read_list(std::string_view rest) {
  std::vector<rpc_address> found;
  for (;;) {
    const auto comma = std::min(rest.find(','), rest.size());
    auto one = read_rpc_address(rest.substr(0, comma), 0);
    if (!one)
      return std::nullopt;
    found.push_back(std::move(*one));
    if (comma == rest.size())
      return found;
    rest.remove_prefix(comma + 1);
  }
}

const char* const list_rule = "the list holds addresses with ports";

outcome grpc_list(std::string_view rest) {
  auto servers = read_list(rest);
  return servers ? grpc_url(std::move(*servers)) : must_be_rpc(list_rule);
}

outcome fly_url(std::string_view rest, bool tls) {
  auto backends = read_list(rest);
  if (!backends)
    return must_be_rpc(list_rule);
  rpc_url url;
  url.transport = rpc_transport::fly;
  url.tls = tls;
  url.backends = std::move(*backends);
  return url;
}

}  // namespace

outcome parse_rpc_url(std::string_view url) {
  if (url.empty() || url == "none")
    return rpc_url{};
  if (std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return must_be_rpc("no space or control character stands");
  const auto scheme_end = url.find("://");
  const auto scheme = scheme_end == std::string_view::npos ? std::string_view{} : url.substr(0, scheme_end);
  const auto rest = scheme_end == std::string_view::npos ? url : url.substr(scheme_end + 3);
  if (scheme == "http" || scheme == "https")
    return http_url(rest, scheme == "https");
  if (scheme == "grpc-list")
    return grpc_list(rest);
  if (scheme == "fly" || scheme == "flys")
    return fly_url(rest, scheme == "flys");
  std::optional<rpc_address> server;
  if (scheme == "dns" && rest.starts_with('/'))
    server = read_rpc_address(rest.substr(1), 0);
  else if (scheme_end == std::string_view::npos || scheme == "grpc")
    server = read_rpc_address(rest, 0);
  if (server)
    return grpc_url({std::move(*server)});
  return must_be_rpc(nullptr);
}

}  // namespace ability
