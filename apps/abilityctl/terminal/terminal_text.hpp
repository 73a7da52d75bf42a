// Text of others on a terminal: what it may not do there, and how wide it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ability {

/// `text` without anything that a terminal would obey: control characters and marks that turn the direction of writing
/// are shown as escapes (`\n`, `\x1b`, `\u202e`), bytes that are not UTF-8 as `\xff`.
std::string printable(std::string_view text);

/// JSON with the same characters as JSON's own escapes, so that it stays the same JSON.
std::string printable_json(std::string_view json);

/// Columns of a terminal that `text` takes: two for wide characters (East Asian, emoji), none for combining ones.
/// REQUIRES that `text` is printable.
std::size_t width_of(std::string_view text) noexcept;

/// `text` within `columns`: if it is wider, its front and an ellipsis. REQUIRES that `text` is printable.
std::string clipped(std::string_view text, std::size_t columns);

/// How to write to a terminal, or to what is none.
struct text_style {
  std::size_t columns = 0;  ///< of the terminal; 0 = lines may be of any length
  bool ansi = false;        ///< bold, dim and colours may be used

  /// Of this file descriptor. ANSI is for terminals that are not `dumb`, unless NO_COLOR is set and not empty.
  static text_style of(int descriptor);
};

}  // namespace ability
