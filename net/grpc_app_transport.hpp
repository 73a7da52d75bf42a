/// The application by gRPC.
/// Source: anycable.md sections 3.1 and 3.4.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "actors/app_server.hpp"

namespace ability {

/// Where the application answers.
struct grpc_app_endpoint {
  std::string target;  ///< as gRPC takes it
  bool tls = false;
  bool verify = true;             ///< with TLS, whether the certificate must be right
  std::string root_certificates;  ///< PEM, of the authorities to trust; empty: the system's
  std::size_t max_reply = 0;      ///< bytes of one answer
};

/// Connects when it is first called. Throws std::runtime_error if this daemon was built without gRPC.
std::shared_ptr<app_transport> make_grpc_app_transport(const grpc_app_endpoint& where);

}  // namespace ability
