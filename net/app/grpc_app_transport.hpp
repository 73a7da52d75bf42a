/// Calls to the application by gRPC.
/// Source: docs/protocols/app-rpc.md "gRPC".
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/app/app_server.hpp"

namespace ability {

/// Address, TLS settings and limits of the application.
struct grpc_app_endpoint {
  struct server {
    std::string host;  ///< a name, or an IP address without brackets
    std::uint16_t port = 0;
  };

  std::vector<server> servers;  ///< calls are spread round-robin over all their addresses
  bool tls = false;
  bool verify = true;             ///< with TLS: verify the server's certificate
  std::string root_certificates;  ///< PEM, of the trusted authorities; empty: the system's
  std::size_t max_reply = 0;      ///< bytes of one reply
};

/// Connects at the first call. Names are looked up on `io`; call all functions on its thread. Throws std::runtime_error
/// if this daemon was built without gRPC.
std::shared_ptr<app_transport> make_grpc_app_transport(boost::asio::io_context& io, const grpc_app_endpoint& where);

}  // namespace ability
