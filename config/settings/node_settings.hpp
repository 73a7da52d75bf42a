/// Settings of a node's actors, derived from the daemon's options.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/action_cable/stream_channels.hpp"
#include "protocol/auth/jwt.hpp"
#include "protocol/cluster/link_packet.hpp"
#include "protocol/cluster/member.hpp"

namespace ability {

/// Selects the connections whose end is reported to the application.
enum class disconnect_mode : std::uint8_t {
  automatic,  ///< connections that the application admitted or was asked about
  always,
  never,
};

/// Options of calls to the application.
struct app_settings {
  std::size_t concurrency = 28;                      ///< concurrent calls
  std::size_t max_waiting = 100'000;                 ///< calls that wait for a free slot; more are refused
  std::chrono::milliseconds command_timeout{3'000};  ///< time limit of a call with all its retries
  std::chrono::milliseconds request_timeout{3'000};  ///< time limit of one attempt; 0: the rest of `command_timeout`
  disconnect_mode disconnects = disconnect_mode::automatic;
  unsigned disconnect_rate = 100;            ///< `disconnect` calls per second
  std::size_t disconnect_backlog = 100'000;  ///< `disconnect` calls that wait; more are dropped
};

/// Options of the cluster.
struct cluster_settings {
  bool on = false;                                        ///< true if the node belongs to a cluster
  member self = {};                                       ///< this node's description
  std::vector<std::string> join = {};                     ///< `host:port` of nodes to dial, retried forever
  std::size_t max_pending_bytes = std::size_t{64} << 20;  ///< bytes that wait for one link's window; beyond: lost
  std::size_t max_packet_bytes = max_link_packet_size;    ///< a larger publication is lost
};

/// Options of the monitor.
struct monitor_settings {
  bool on = false;                  ///< true if monitoring programs may attach
  std::string read_secret = {};     ///< secret for reading; empty: every attached program may read
  std::string command_secret = {};  ///< secret for commands; empty: commands are refused
};

/// URL from which a JWK Set is fetched.
struct key_set_place {
  bool tls = true;
  std::string host = {};  ///< a name or an IP address, an IPv6 one without brackets
  std::uint16_t port = 443;
  std::string target = {};  ///< path and query

  bool operator==(const key_set_place&) const = default;
};

/// Settings of one node.
struct node_settings {
  bool public_access = false;                         ///< anyone may connect
  std::shared_ptr<const token_keys> tokens = {};      ///< null: tokens are not checked
  std::shared_ptr<const key_set_place> key_set = {};  ///< source of further keys; null: none
  std::chrono::milliseconds key_set_refresh{};        ///< time between two fetches of the key set
  bool token_required = false;                        ///< a client without a valid token is refused
  std::chrono::seconds token_leeway{10};              ///< tolerated clock difference to the token issuer
  stream_channel_settings streams = {};               ///< streams that clients may name
  app_settings app = {};
  cluster_settings cluster = {};
  monitor_settings monitor = {};
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
