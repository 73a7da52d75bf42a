/// Positions in FlyRPC: ahead of each message, and in Confirm.
/// Source: docs/protocols/flyrpc.md "Positions".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/fly/packet.hpp"
#include "protocol/history/stream_position.hpp"
#include "protocol/result.hpp"

namespace ability::fly {

/// Bytes ahead of a message: epoch and offset, each a big-endian u64.
inline constexpr std::size_t position_size = 16;

/// The largest data of a message with a position.
inline constexpr std::size_t max_positioned_data = max_buffer - position_size;

/// Appends `position_size` bytes; zeros for a message without a position.
void append_position(std::string& out, const std::optional<stream_position>& at);

/// A message or a Reject of a connection with positions.
struct positioned {
  std::optional<stream_position> at;  ///< none: it is not in a log
  std::string_view data;
};

/// Splits a buffer; nullopt: it is too short.
std::optional<positioned> split_position(std::string_view buffer);

/// Where a client is in a stream.
struct stream_reach {
  stream_position at;      ///< it is sent everything behind this
  std::uint64_t last = 0;  ///< offset of the last message that is on its way by now
};

/// The content of Confirm.
struct beginning {
  std::vector<stream_reach> positions = {};  ///< one for each stream with a log
  std::optional<bool> completes =
      {};  ///< false: not all of the messages that were asked for; none: none were asked for
};

/// `{"positions":[{"epoch":"…","offset":…,"last":…}],"history":true}`, without `history` if no messages were asked for.
std::string encode_beginning(const beginning& what);

/// Unknown keys are ignored; a missing `last` is the offset. Errors: `malformed_json`, `missing_key`, `wrong_type`,
/// `wrong_value`.
result<beginning> decode_beginning(std::string_view buffer);

}  // namespace ability::fly
