/// Settings of a node's actors.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "config/settings/app_settings.hpp"
#include "config/settings/cluster_settings.hpp"
#include "config/settings/history_settings.hpp"
#include "config/settings/presence_settings.hpp"
#include "config/settings/redis_settings.hpp"
#include "config/settings/session_settings.hpp"
#include "config/settings/token_settings.hpp"
#include "protocol/action_cable/stream_channels.hpp"
#include "protocol/auth/jwt.hpp"

namespace ability {

/// Settings of one node.
struct node_settings {
  bool public_access = false;                          ///< anyone may connect
  std::shared_ptr<const token_keys> tokens = {};       ///< null: tokens are not checked
  std::shared_ptr<const key_set_place> key_set = {};   ///< source of further keys; null: none
  std::chrono::milliseconds key_set_refresh{600'000};  ///< time between two fetches of the key set
  bool token_required = false;                         ///< a client without a valid token is refused
  std::chrono::seconds token_leeway{10};               ///< tolerated clock difference to the token issuer
  stream_channel_settings streams = {};                ///< streams that clients may name
  history_settings history = {};
  app_settings app = {};
  session_settings sessions = {};
  cluster_settings cluster = {};
  monitor_settings monitor = {};
  presence_settings presence = {};
  redis_stream_settings redis_stream = {};
  unsigned max_commands_per_second = 0;         ///< per connection; 0: no limit
  std::size_t max_subscriptions = 1'000;        ///< per connection
  std::size_t max_stream_subscriptions = 100;   ///< per connection and stream
  std::size_t max_connection_streams = 10'000;  ///< streams per connection, followed on the application's behalf
  /// Different identifiers under which one stream is followed; each needs frames of its own.
  std::size_t max_stream_identifiers = 100'000;
  /// Bytes of the identifiers of all subscriptions of one connection. The client chooses them and each frame to it
  /// holds one, so they bound the size that a publication grows to.
  std::size_t max_identifier_bytes = std::size_t{512} << 10;
  std::size_t max_pending_broadcasts = 10'000;             ///< bound of the ingress gate
  std::size_t max_pending_bytes = std::size_t{256} << 20;  ///< bound of the ingress gate
};

}  // namespace ability
