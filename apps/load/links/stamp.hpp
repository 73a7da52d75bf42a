/// How a message of a run is told from any other, and what it says of its way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability::load {

/// What a message of a run says.
struct stamp {
  std::uint32_t stream = 0;     ///< index among all streams of the run
  std::uint32_t publisher = 0;  ///< index among all publishers of the run
  std::uint64_t number = 0;     ///< of the message in its stream, from 0
  std::int64_t due_ns = 0;      ///< when it was to be sent; monotonic clock
  std::int64_t sent_ns = 0;     ///< when it was

  bool operator==(const stamp&) const = default;
};

/// Appends a JSON string that holds `mark`, filled up to `bytes`, quotes included; longer where the mark needs it. It
/// has no character that JSON escapes, so that it can stand within another JSON string. `run` tells runs apart.
void append_message(std::string& out, std::uint32_t run, const stamp& mark, std::size_t bytes);

/// The stamp of `run` that stands in `text`, which may be the message itself or a frame around it. Nothing: there is
/// none, or it is not whole.
std::optional<stamp> find_stamp(std::string_view text, std::uint32_t run);

}  // namespace ability::load
