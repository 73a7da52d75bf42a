/// Positions in the log of a stream.
/// Source: docs/reliable-streams.md "Positions".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// One publication of a stream, or 0: the place before the first one.
struct stream_position {
  std::uint64_t epoch = 0;   ///< incarnation of the log, a random number
  std::uint64_t offset = 0;  ///< 1, 2, 3 … without gaps in one epoch

  friend bool operator==(const stream_position&, const stream_position&) = default;
};

/// Number of hex digits of an epoch as text.
inline constexpr std::size_t epoch_digits = 16;

/// Appends the epoch as 16 lower-case hex digits.
void append_epoch(std::string& out, std::uint64_t epoch);

/// Reads exactly 16 hex digits; none: `text` is no epoch.
std::optional<std::uint64_t> read_epoch(std::string_view text) noexcept;

/// Writes `EPOCH/OFFSET`: 16 lower-case hex digits and a decimal number.
std::string to_string(const stream_position& at);

/// Reads `EPOCH/OFFSET`: 16 hex digits and a decimal number; none: `text` is no position.
std::optional<stream_position> read_position(std::string_view text) noexcept;

}  // namespace ability
