// Untrusted text on a terminal: escapes and width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ability {

/// `text` without control effects on a terminal: control characters and marks that change the direction of writing
/// become escapes (`\n`, `\x1b`, `\u202e`), bytes that are not UTF-8 become `\xff`.
std::string printable(std::string_view text);

/// JSON with the same characters replaced by JSON escapes; its value does not change.
std::string printable_json(std::string_view json);

/// Columns of `text` on a terminal: two for wide characters (East Asian, emoji), none for combining ones.
/// REQUIRES that `text` is printable.
std::size_t width_of(std::string_view text) noexcept;

/// `text` clipped to `columns`: if it is wider, its beginning and an ellipsis. REQUIRES that `text` is printable.
std::string clipped(std::string_view text, std::size_t columns);

/// Properties of the output, which may be a terminal.
struct text_style {
  std::size_t columns = 0;  ///< width of the terminal; 0 = unlimited lines
  bool ansi = false;        ///< bold, dim and colours are allowed

  /// Style for a file descriptor. ANSI is for terminals that are not `dumb`, unless NO_COLOR is set and not empty.
  static text_style of(int descriptor);
};

}  // namespace ability
