// The address of the application server as one text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ability {

/// How the application is called.
enum class rpc_transport : std::uint8_t { none, http, grpc, fly };

/// Where one server is.
struct rpc_address {
  std::string host;
  std::uint16_t port = 0;
};

/// Where the application is.
struct rpc_url {
  rpc_transport transport = rpc_transport::none;
  bool tls = false;                   ///< `https`, `flys`
  std::string host;                   ///< of HTTP: name or IP address, an IPv6 address without its brackets
  std::uint16_t port = 0;             ///< of HTTP
  std::string path;                   ///< of HTTP: empty, or begins with `/` and does not end with one
  std::vector<rpc_address> backends;  ///< of gRPC and FlyRPC: names and IP addresses of both families, mixed
};

/// The forms of such a text, as people are told.
inline constexpr const char* rpc_url_forms =
    "http://host[:port][/path], https://..., host:port, grpc://host:port, dns:///name:port, "
    "grpc-list://host:port,host:port, fly://host:port,host:port, flys://... or none";

/// Takes one of `rpc_url_forms` apart; an empty text or `none` is no application.
///
/// The error is a phrase to put behind the option's name, like `must be ...`.
std::variant<rpc_url, std::string> parse_rpc_url(std::string_view url);

}  // namespace ability
