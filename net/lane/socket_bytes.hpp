/// The kernel's byte counters of a TCP connection, which spare us our own.
#pragma once

#include <cstdint>
#include <optional>

namespace ability {

/// Bytes over the network, including those of TLS.
struct socket_bytes {
  std::uint64_t in = 0;
  std::uint64_t out = 0;     ///< acknowledged by the peer
  std::uint64_t unsent = 0;  ///< written and not yet sent
};

/// Returns nothing if `descriptor` is no connected TCP socket.
std::optional<socket_bytes> bytes_of(int descriptor) noexcept;

}  // namespace ability
