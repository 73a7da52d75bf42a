/// UTF-8, judged byte by byte.
/// Source: Unicode 15 table 3-7, well-formed byte sequences.
#pragma once

#include <cstddef>
#include <string_view>

namespace ability {

/// How many bytes the first character of `text` has: 1 to 4, or 0 if none or an ill-formed one is there.
std::size_t utf8_character(std::string_view text) noexcept;

/// Whether all of `text` is well-formed.
bool is_utf8(std::string_view text) noexcept;

/// The front of `text`, at most `max_bytes`, that does not end within a character. REQUIRES that `text` is UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

}  // namespace ability
