/// Encoding of broadcasts for one group of a stream's subscribers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/broadcast/batch.hpp"
#include "actors/node/node.hpp"
#include "actors/stream/history/numbered_broadcast.hpp"
#include "protocol/client/wire_format.hpp"

namespace ability {

/// Size in bytes at which a batch is sent: the bound on a client's queue is checked once per batch.
inline constexpr std::size_t max_batch_bytes = 65'536;

/// The receivers of a batch.
struct batch_receivers {
  const std::shared_ptr<const std::string>& stream;
  const wire_format* format;
  const std::string& key;
  std::uint64_t epoch;  ///< of the stream's log, for messages with an offset
  std::size_t count;
};

/// Encodes a batch of the messages from `next` on, and moves `next` behind them. `pace` is released with the batch.
/// Counts its bytes at the gate and its frames as deliveries.
std::shared_ptr<batch> encode_batch(lane_home& home, const batch_receivers& to,
                                    const std::vector<numbered_broadcast>& messages, std::size_t& next,
                                    std::shared_ptr<void> pace);

}  // namespace ability
