/// Settings of the cluster and the monitor.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/cluster/link_packet.hpp"
#include "protocol/cluster/member.hpp"

namespace ability {

/// Settings of the actors of the cluster.
struct cluster_settings {
  bool on = false;                                        ///< true if the node belongs to a cluster
  member self = {};                                       ///< this node's description
  std::vector<std::string> join = {};                     ///< `host:port` of nodes to dial, retried forever
  std::size_t max_pending_bytes = std::size_t{64} << 20;  ///< bytes that wait for one link's window; beyond: lost
  std::size_t max_packet_bytes = max_link_packet_size;    ///< a larger publication is lost
};

/// Settings of the monitor.
struct monitor_settings {
  bool on = false;                  ///< true if monitoring programs may attach
  std::string read_secret = {};     ///< secret for reading; empty: every attached program may read
  std::string command_secret = {};  ///< secret for commands; empty: commands are refused
};

/// An address to listen at.
struct tunnel_address {
  std::string host;  ///< a name or an IP address
  std::uint16_t port = 0;
};

/// Limits; of each connection unless stated otherwise.
struct tunnel_limits {
  /// Accepted connections in their handshake, and programs not yet admitted; beyond: the oldest is closed.
  std::size_t handshakes = 256;
  std::size_t programs = 64;           ///< admitted monitoring programs at a time
  std::size_t node_messages = 1'000;   ///< messages not yet handled by its link; beyond: reading pauses
  std::size_t program_messages = 100;  ///< messages not yet handled by its monitor session; beyond: reading pauses
  std::size_t node_payload = max_link_packet_size + 1'024;  ///< bytes of one message: a packet and CAF's overhead
  std::size_t program_payload = std::size_t{64} << 10;      ///< bytes of one message
  std::chrono::milliseconds handshake{3'000};  ///< TLS, handshake and BASP together, until the connection is up
  std::chrono::milliseconds stalled{10'000};   ///< time that reading may pause; then it is closed
};

/// Without all three TLS files nodes use loopback addresses only; so do monitoring programs without the first two and
/// `monitor_ca_file`.
struct tunnel_settings {
  std::optional<tunnel_address> cluster = {};  ///< address for other nodes
  std::optional<tunnel_address> monitor = {};  ///< address for monitoring programs; none: that for nodes
  std::string certificate_file = {};           ///< PEM chain, own certificate first; for both uses, at either end
  std::string key_file = {};                   ///< PEM
  std::string ca_file = {};                    ///< PEM: authority of the nodes' certificates
  std::string monitor_ca_file = {};            ///< PEM: authority of the monitoring programs' certificates
  std::string secret = {};                     ///< of the cluster
  member self = {};
  tunnel_limits limits = {};
};

}  // namespace ability
