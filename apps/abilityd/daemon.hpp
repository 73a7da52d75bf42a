/// The daemon: lanes, listeners, actors, and the order in which they start and stop.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/node/log.hpp"
#include "actors/node/node.hpp"
#include "net/app/grpc_app_transport.hpp"
#include "net/app/http_app_transport.hpp"
#include "net/http/client_protocol.hpp"
#include "net/cluster/tunnel.hpp"
#include "net/fly_gateway/backend_link.hpp"
#include "net/lane/lane_context.hpp"
#include "net/redis/redis_connection.hpp"
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
  std::vector<client_protocol> protocols;  ///< over WebSocket; one has no name
  std::optional<tunnel_settings> cluster;  ///< where nodes and monitoring programs come in; none: they do not
  std::chrono::milliseconds shutdown_delay{};
  std::chrono::milliseconds shutdown_timeout{};
};

/// A configuration that was read again. Names of options stand with commas between them.
struct reloaded_settings {
  daemon_settings settings;              ///< those in force, with what may change while the daemon runs as it is now
  std::optional<log_level> lowest = {};  ///< none: as it is
  std::string changed;                   ///< what takes effect
  std::string unchanged;                 ///< files that are as they were
  std::string needs_restart;             ///< what has changed and takes effect with the next start
};

/// Where a daemon's settings come from.
class settings_source {
public:
  virtual ~settings_source() = default;

  /// Reads all of it again; or what is wrong with it, as a sentence. May block. On one thread at a time.
  virtual boost::system::result<reloaded_settings, std::string> load_again() = 0;

  /// Says that the configuration loaded last has taken effect: the next one is compared with it.
  virtual void in_force() = 0;
};

/// Runs until SIGTERM or SIGINT has ended it; SIGHUP has it read `source`, which may be null, again. A second signal a
/// second or more behind the first ends the process at once, with 128 + its number. Returns the exit code: 0 after an
/// orderly end; 1 if it could not start or an actor failed that it cannot do without, which the log tells.
int run_daemon(const daemon_settings& settings, settings_source* source);

}  // namespace ability
