// The address of the application server as one text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ability {

/// Protocol of calls to the application.
enum class rpc_transport : std::uint8_t { none, http, grpc, fly };

/// Address of one application server.
struct rpc_address {
  std::string host;
  std::uint16_t port = 0;
};

/// Parsed address of the application.
struct rpc_url {
  rpc_transport transport = rpc_transport::none;
  bool tls = false;                   ///< `https`, `flys`
  std::string host;                   ///< HTTP only: name or IP address, an IPv6 address without its brackets
  std::uint16_t port = 0;             ///< HTTP only
  std::string path;                   ///< HTTP only: empty, or begins with `/` and does not end with one
  std::vector<rpc_address> backends;  ///< gRPC and FlyRPC only: names and IP addresses of both families, mixed
};

/// The accepted forms, as shown in help and errors.
inline constexpr const char* rpc_url_forms =
    "http://host[:port][/path], https://..., host:port, grpc://host:port, dns:///name:port, "
    "grpc-list://host:port,host:port, fly://host:port,host:port, flys://... or none";

/// Parses one of `rpc_url_forms`; an empty text or `none` means no application.
///
/// The error is a phrase that follows the option's name, like `must be ...`.
std::variant<rpc_url, std::string> parse_rpc_url(std::string_view url);

}  // namespace ability
