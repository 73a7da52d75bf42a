/// What the tunnel is told, and what it counts.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/node/counters.hpp"
#include "protocol/cluster/link_packet.hpp"
#include "protocol/cluster/member.hpp"

namespace ability {

/// Where to listen.
struct tunnel_address {
  std::string host;  ///< a name or an IP address
  std::uint16_t port = 0;
};

/// Bounds, of each connection where nothing else is said.
struct tunnel_limits {
  /// Accepted connections that are not up yet, or of programs that may not read yet; then the oldest makes room.
  std::size_t handshakes = 256;
  std::size_t programs = 64;                                ///< monitoring programs that may read, at a time
  std::size_t node_messages = 1'000;                        ///< that its link has not handled yet; then reading stops
  std::size_t program_messages = 100;                       ///< the same of its visitor
  std::size_t node_payload = max_link_packet_size + 1'024;  ///< bytes of one message: a packet, and what CAF adds
  std::size_t program_payload = std::size_t{64} << 10;      ///< bytes of one message
  std::chrono::milliseconds handshake{3'000};               ///< until it is up: TLS, greeting and BASP together
  std::chrono::milliseconds stalled{10'000};                ///< reading may have stopped; then it is closed
};

/// What the tunnel is told. Without TLS's three files nodes are reached at loopback addresses only, and so are
/// monitoring programs without the first two and `monitor_ca_file`.
struct tunnel_settings {
  std::optional<tunnel_address> cluster = {};  ///< where other nodes dial this one
  std::optional<tunnel_address> monitor = {};  ///< where monitoring programs attach; none: where nodes dial
  std::string certificate_file = {};           ///< PEM chain, own certificate first: for both, at either end
  std::string key_file = {};                   ///< PEM
  std::string ca_file = {};                    ///< PEM: who signs the certificates of nodes
  std::string monitor_ca_file = {};            ///< PEM: who signs those of monitoring programs
  std::string secret = {};                     ///< of the cluster
  member self = {};
  tunnel_limits limits = {};
};

/// Why a connection was not let in, or not left in.
enum class tunnel_refusal : std::uint8_t {
  malformed,
  handshake_timeout,
  tls_failed,
  wrong_secret,
  wrong_version,
  crowded_out,  ///< it had proved nothing yet when too many others came
  other,
};
inline constexpr std::size_t tunnel_refusals = 7;

/// As in metrics and logs.
std::string_view name_of(tunnel_refusal which) noexcept;

/// Written on the tunnel's lane only.
struct tunnel_counters {
  counter accepted;                              ///< connections, whatever became of them
  std::array<counter, tunnel_refusals> refused;  ///< by `tunnel_refusal`
  counter dropped;  ///< messages of peers that were let in, to others than their actor or of types that no peer sends
};

}  // namespace ability
