/// What the options of a daemon come to for its actors.
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

/// Which connections the application is told of when they end.
enum class disconnect_mode : std::uint8_t {
  automatic,  ///< those that it let in, or that it was asked about
  always,
  never,
};

/// Options of calls to the application.
struct app_settings {
  std::size_t concurrency = 28;                      ///< calls at a time
  std::size_t max_waiting = 100'000;                 ///< calls that wait for their turn; more are refused
  std::chrono::milliseconds command_timeout{3'000};  ///< of a call with all its retries
  std::chrono::milliseconds request_timeout{3'000};  ///< of one attempt; 0: what is left of `command_timeout`
  disconnect_mode disconnects = disconnect_mode::automatic;
  unsigned disconnect_rate = 100;            ///< `disconnect` calls a second
  std::size_t disconnect_backlog = 100'000;  ///< `disconnect` calls that wait; more are dropped
};

/// Options of the cluster.
struct cluster_settings {
  bool on = false;                                        ///< whether there are other nodes
  member self = {};                                       ///< of this node
  std::vector<std::string> join = {};                     ///< `host:port` of nodes to dial, for ever
  std::size_t max_pending_bytes = std::size_t{64} << 20;  ///< that wait for one link's window; what comes then is lost
  std::size_t max_packet_bytes = max_link_packet_size;    ///< a publication that takes more is lost
};

/// Options of the monitor.
struct monitor_settings {
  bool on = false;                  ///< whether programs may attach
  std::string read_secret = {};     ///< asked of who reads; empty: anyone who may attach
  std::string command_secret = {};  ///< asked of who commands; empty: nobody may
};

/// Where a JWK Set is fetched from.
struct key_set_place {
  bool tls = true;
  std::string host = {};  ///< a name or an IP address, an IPv6 one without brackets
  std::uint16_t port = 443;
  std::string target = {};  ///< path and query

  bool operator==(const key_set_place&) const = default;
};

/// All of them.
struct node_settings {
  bool public_access = false;                         ///< anyone may connect
  std::shared_ptr<const token_keys> tokens = {};      ///< null: tokens are not looked at
  std::shared_ptr<const key_set_place> key_set = {};  ///< of more keys; null: there is none
  std::chrono::milliseconds key_set_refresh{};        ///< between two times that it is fetched
  bool token_required = false;                        ///< nobody gets in without one
  std::chrono::seconds token_leeway{10};              ///< how far the clock of who makes them may differ from ours
  stream_channel_settings streams = {};               ///< which streams clients may name
  app_settings app = {};
  cluster_settings cluster = {};
  monitor_settings monitor = {};
  unsigned max_commands_per_second = 0;         ///< of one connection; 0: no limit
  std::size_t max_subscriptions = 1'000;        ///< of one connection
  std::size_t max_stream_subscriptions = 100;   ///< of one connection that follow the same stream
  std::size_t max_connection_streams = 10'000;  ///< of one connection, that the application has it follow
  /// Different identifiers under which one stream is followed: each has frames of its own.
  std::size_t max_stream_identifiers = 100'000;
  /// Of all subscriptions of one connection. Its client chooses them, and each message to it holds one: what a
  /// publication becomes on its way grows with them.
  std::size_t max_identifier_bytes = std::size_t{512} << 10;
  std::size_t max_pending_broadcasts = 10'000;             ///< bound of the ingress gate
  std::size_t max_pending_bytes = std::size_t{256} << 20;  ///< bound of the ingress gate
};

}  // namespace ability
