/// Marks in the messages of a run, to recognize and measure them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability::load {

/// Content of a mark.
struct stamp {
  std::uint32_t stream = 0;     ///< index among all streams of the run
  std::uint32_t publisher = 0;  ///< index among all publishers of the run
  std::uint64_t number = 0;     ///< of the message in its stream, from 0
  std::int64_t due_ns = 0;      ///< scheduled time of the publication; monotonic clock
  std::int64_t sent_ns = 0;     ///< actual time of the publication

  bool operator==(const stamp&) const = default;
};

/// Appends a JSON string with `mark`, padded to `bytes` with its quotes; longer if the mark needs it. It has no
/// character that JSON escapes, so it can be embedded in another JSON string. `run` distinguishes runs.
void append_message(std::string& out, std::uint32_t run, const stamp& mark, std::size_t bytes);

/// The stamp of `run` in `text`, which may be the message itself or a frame around it. Empty if there is none or it
/// is incomplete.
std::optional<stamp> find_stamp(std::string_view text, std::uint32_t run);

}  // namespace ability::load
