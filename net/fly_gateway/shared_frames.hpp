/// Packets that many clients get, put into frames at most once for each kind of wire.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/client/client_transport.hpp"

namespace ability {

/// A piece of what a backend sends. Refers to the bytes it was made from.
class shared_frames {
public:
  explicit shared_frames(std::string_view bytes);

  /// Whether the piece is nothing but whole RPC and Ping packets, which any client between two packets can get as
  /// they are.
  bool is_whole() const noexcept { return count_ > 0; }

  /// How many packets it holds, if it is whole.
  std::uint64_t count() const noexcept { return count_; }

  /// The packets with that framing. REQUIRES that the piece is whole.
  const frames_ptr& as(client_transport::framing how);

private:
  std::string_view bytes_;
  std::uint64_t count_ = 0;
  frames_ptr plain_;
  frames_ptr websocket_;
};

}  // namespace ability
