/// The daemon: lanes, listeners, actors, and the order in which they start and stop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/node.hpp"
#include "net/backend_link.hpp"
#include "net/cluster/tunnel.hpp"
#include "net/edge.hpp"
#include "net/grpc_app_transport.hpp"
#include "net/http_app_transport.hpp"
#include "net/redis_connection.hpp"
#include "protocol/fly/address.hpp"

namespace ability {

/// All that a daemon is told.
struct daemon_settings {
  edge_settings edge;
  node_settings node;
  std::string host;
  std::uint16_t port = 0;            ///< 0: any free one
  std::uint16_t broadcast_port = 0;  ///< 0: publications come by `port`
  std::string metrics_host;
  std::uint16_t metrics_port = 0;  ///< 0: health and metrics are at `port` only
  std::size_t lanes = 0;           ///< at least 1
  std::string ssl_cert;            ///< empty: no TLS
  std::string ssl_key;
  std::optional<redis_endpoint> redis;
  std::vector<fly::address> fly_listen;  ///< of TCP, TLS and UDP
  std::size_t fly_udp_max_payload = 0;   ///< bytes
  std::chrono::milliseconds fly_udp_idle_timeout{};
  std::optional<http_app_endpoint> http_app;  ///< at most one of this, `grpc_app` and `backends`
  std::optional<grpc_app_endpoint> grpc_app;
  std::vector<backend_endpoint> backends;
  std::optional<tunnel_settings> cluster;  ///< where nodes and monitoring programs come in; none: they do not
  std::chrono::milliseconds shutdown_timeout{};
};

/// Runs until SIGTERM or SIGINT has ended it; SIGHUP has it load its certificates again. A second signal ends the
/// process at once, with 128 + its number. Returns the exit code: 0 after an orderly end; 1 if it could not start or an
/// actor failed that it cannot do without, which the log tells.
int run_daemon(const daemon_settings& settings);

}  // namespace ability
