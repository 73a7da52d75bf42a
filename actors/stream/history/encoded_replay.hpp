/// Missed messages of a stream as frames, for all clients that ask for the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/broadcast/batch.hpp"
#include "protocol/client/wire_format.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability {

/// The messages behind `from` up to `at`: clients that were cut off together miss the same. A position means one
/// message for ever, so the frames stay true.
struct encoded_replay {
  struct range {
    const wire_format* format;
    std::string key;
    std::uint64_t from;
    stream_position at;
    std::size_t max_bytes;  ///< bound on the frames when they were encoded

    bool operator==(const range&) const = default;
  };

  range of;
  std::shared_ptr<std::string> bytes = {};  ///< not changed any more; null: they are more than `max_bytes`
  std::vector<batch::exclusion> exclusions = {};
  std::uint64_t count = 0;  ///< frames in `bytes`
  std::uint64_t undeliverable = 0;
};

}  // namespace ability
