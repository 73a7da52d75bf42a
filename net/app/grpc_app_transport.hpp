/// The application by gRPC.
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

/// Where the application answers.
struct grpc_app_endpoint {
  struct server {
    std::string host;  ///< a name, or an IP address without brackets
    std::uint16_t port = 0;
  };

  std::vector<server> servers;  ///< calls take turns among all addresses of all of them
  bool tls = false;
  bool verify = true;             ///< with TLS, whether the certificate must be right
  std::string root_certificates;  ///< PEM, of the authorities to trust; empty: the system's
  std::size_t max_reply = 0;      ///< bytes of one answer
};

/// Connects when it is first called. Names are looked up on `io`, on whose thread all functions are called. Throws
/// std::runtime_error if this daemon was built without gRPC.
std::shared_ptr<app_transport> make_grpc_app_transport(boost::asio::io_context& io, const grpc_app_endpoint& where);

}  // namespace ability
