/// The outcomes of a request for the history of one stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ability {

enum class history_outcome : std::uint8_t {
  not_asked,    ///< the request names neither the stream nor a time
  answered,     ///< all missed messages are in the answer
  no_log,       ///< refused: the stream keeps no log
  malformed,    ///< refused: the request, or its position, is not understood
  other_epoch,  ///< refused: the position is of another log
  ahead,        ///< refused: the position or time is behind the end of the log
  too_old,      ///< refused: some of the missed messages are no longer kept
  too_large,    ///< refused: the missed messages are more than may wait for a client
  overtaken,    ///< refused: this client was sent newer messages of the stream before
};

inline constexpr std::size_t history_outcomes = 9;

/// Returns the name used in metrics.
constexpr std::string_view name_of(history_outcome which) noexcept {
  constexpr std::array<std::string_view, history_outcomes> names{
      "not_asked", "answered", "no_log", "malformed", "other_epoch", "ahead", "too_old", "too_large", "overtaken"};
  return names[static_cast<std::size_t>(which)];
}

/// True if a request with this outcome leaves nothing out.
constexpr bool is_complete(history_outcome which) noexcept {
  return which == history_outcome::not_asked || which == history_outcome::answered;
}

}  // namespace ability
