/// The daemon: lanes, listeners, actors, and the order in which they start and stop.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/node/log.hpp"
#include "actors/node/node.hpp"
#include "config/settings/server_settings.hpp"
#include "net/app/grpc_app_transport.hpp"
#include "net/app/http_app_transport.hpp"
#include "net/cluster/tunnel.hpp"
#include "net/fly_gateway/backend_link.hpp"
#include "net/http/client_protocol.hpp"
#include "net/lane/lane_context.hpp"
#include "net/redis/redis_connection.hpp"
#include "protocol/fly/address.hpp"

namespace ability {

/// All settings of a daemon; `lanes` is at least 1.
struct daemon_settings : server_settings {
  edge_settings edge;
  node_settings node;
  std::optional<redis_endpoint> redis;
  bool reads_redis_channel = false;                       ///< publications come by pub/sub of `redis`
  bool reads_redis_stream = false;                        ///< publications come as entries of a stream of `redis`
  std::chrono::milliseconds redis_answer_timeout{5'000};  ///< of the commands about that stream
  std::optional<redis_log_settings> redis_log;            ///< `redis` keeps the logs of streams
  std::vector<fly::address> fly_listen;                   ///< TCP, TLS and UDP
  std::optional<http_app_endpoint> http_app;              ///< at most one of this, `grpc_app` and `backends` is set
  std::optional<grpc_app_endpoint> grpc_app;
  std::vector<backend_endpoint> backends;
  std::vector<client_protocol> protocols;  ///< WebSocket subprotocols; one row has no name
  std::optional<tunnel_settings> cluster;  ///< listener for nodes and monitoring programs; empty: none
};

/// A reloaded configuration. Texts list names of options, separated by commas.
struct reloaded_settings {
  daemon_settings settings;              ///< the settings in force, with the new values of those that may change
  std::optional<log_level> lowest = {};  ///< empty: unchanged
  std::string changed;                   ///< options that take effect
  std::string unchanged;                 ///< options whose files are unchanged
  std::string needs_restart;             ///< options that have changed and take effect at the next start
};

/// Source of a daemon's settings.
class settings_source {
public:
  virtual ~settings_source() = default;

  /// Reads the configuration again. The error is a sentence. May block. On one thread at a time.
  virtual boost::system::result<reloaded_settings, std::string> load_again() = 0;

  /// Confirms that the last loaded configuration took effect, so that the next one is compared with it.
  virtual void in_force() = 0;
};

/// Runs until a shutdown by SIGTERM or SIGINT is complete. SIGHUP reloads `source`, which may be null. A second
/// signal at least one second after the first ends the process at once, with 128 + its number. Returns 0 after an
/// orderly shutdown, 1 if the start failed or a required actor failed; the log tells the reason.
int run_daemon(const daemon_settings& settings, settings_source* source);

}  // namespace ability
