// Every setting of abilityd. options.cpp gives each its name, range and help; parse_options.hpp fills the struct.
#pragma once

#include <string>
#include <vector>

#include "config/settings/app_settings.hpp"
#include "config/settings/edge_settings.hpp"
#include "config/settings/log_settings.hpp"
#include "config/settings/node_settings.hpp"
#include "config/settings/redis_settings.hpp"
#include "config/settings/server_settings.hpp"
#include "config/settings/token_settings.hpp"

namespace ability {

/// The settings of all modules as they are given. A default-constructed value holds the defaults; `parse_options`
/// returns checked values only. `settings_of` of apps/abilityd derives the rest: keys, files and addresses.
struct options {
  server_settings server;
  edge_settings edge;
  node_settings node;  ///< `public_access` is `--noauth`
  app_server_settings app_server;
  token_settings tokens;
  redis_endpoint redis;
  redis_log_settings redis_log;
  tunnel_settings tunnel;
  log_settings log;

  // Sources of settings in other modules.
  std::string secret;                        ///< source of derived keys that are not given; empty = none
  bool public_access = false;                ///< `--public`: anyone may connect, subscribe and publish
  std::vector<std::string> ready_requires;   ///< `redis`, `app`: services without which the node is not ready
  std::vector<std::string> trusted_proxies;  ///< addresses whose statements about their clients are trusted
  std::vector<std::string> fly_listen;       ///< `tcp://host:port`, `tls://...`, `udp://...`
  /// Ways by which publications come: `http`, `redis`, `redisx`; empty = HTTP, and Redis' pub/sub if it can
  std::vector<std::string> broadcast_adapters;
  std::string redis_url;                     ///< valid for `parse_redis_url`; empty or `none` = no Redis
  std::vector<std::string> redis_sentinels;  ///< `host:port`; then the host of `redis_url` is the name of the master
  std::string redis_sentinel_password;       ///< empty = no login
  std::string cluster_listen;                ///< `host:port` for links of other nodes; empty = no cluster
  std::string monitor_listen;  ///< `host:port` for monitoring programs; empty = at `cluster_listen`, if set
};

}  // namespace ability
