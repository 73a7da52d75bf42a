/// Packets for many clients, framed at most once for each framing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/client/client_transport.hpp"

namespace ability {

/// Bytes from a backend. Refers to the bytes it was made from.
class shared_frames {
public:
  explicit shared_frames(std::string_view bytes);

  /// True if the bytes are only whole RPC and Ping packets, which any client between two packets can receive unchanged.
  bool is_whole() const noexcept { return count_ > 0; }

  /// The number of packets; 0 if the bytes are not whole.
  std::uint64_t count() const noexcept { return count_; }

  /// The packets in that framing. REQUIRES that the piece is whole.
  const frames_ptr& as(client_transport::framing how);

private:
  std::string_view bytes_;
  std::uint64_t count_ = 0;
  frames_ptr plain_;
  frames_ptr websocket_;
};

}  // namespace ability
