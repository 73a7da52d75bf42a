/// Calls to the application by HTTP: one POST per call, over persistent connections.
/// Source: docs/protocols/app-rpc.md "HTTP".
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/app/app_server.hpp"

namespace ability {

/// Address, TLS settings, secret and limits of the application.
struct http_app_endpoint {
  bool tls = false;
  std::string host;
  std::uint16_t port = 80;
  std::string path;           ///< without a `/` at its end; `/connect`, ... is appended
  std::string secret;         ///< bearer token; empty: none is sent
  bool verify = true;         ///< with TLS: verify the server's certificate
  std::string ca_file;        ///< PEM file of the trusted authorities; empty: the system's
  std::size_t max_reply = 0;  ///< bytes of an answer's body
};

class http_app_connection;

/// Runs on one event loop; call all functions on its thread, except where stated otherwise.
class http_app_transport final : public app_transport, public std::enable_shared_from_this<http_app_transport> {
public:
  /// Throws std::runtime_error with the reason if `ca_file` cannot be used.
  http_app_transport(boost::asio::io_context& io, http_app_endpoint where);
  ~http_app_transport() override;

  void call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
            std::function<void(rpc_outcome)> done) override;
  /// Opens a connection unless there is one, and keeps it for the next call.
  void probe(bool afresh, std::chrono::milliseconds timeout, std::function<void(probe_outcome)> done) override;
  void use_secret(std::string secret) override;
  void stop() override;

private:
  std::shared_ptr<http_app_connection> idle_connection(bool repeatable);
  void release(const std::shared_ptr<http_app_connection>& connection, bool reusable);

  boost::asio::io_context& io_;
  http_app_endpoint where_;
  std::optional<boost::asio::ssl::context> tls_;
  std::vector<std::shared_ptr<http_app_connection>> idle_;
  std::vector<std::shared_ptr<http_app_connection>> busy_;
};

}  // namespace ability
