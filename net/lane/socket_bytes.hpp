/// The kernel's counters of a TCP connection, so that nothing else has to count its bytes.
#pragma once

#include <cstdint>
#include <optional>

namespace ability {

/// Bytes over the network, those of TLS among them.
struct socket_bytes {
  std::uint64_t in = 0;
  std::uint64_t out = 0;     ///< that the peer has acknowledged
  std::uint64_t unsent = 0;  ///< that were written and have not left
};

/// None if `descriptor` is no TCP socket that is connected.
std::optional<socket_bytes> bytes_of(int descriptor) noexcept;

}  // namespace ability
