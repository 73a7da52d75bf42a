/// UTF-8, judged byte by byte.
/// Source: Unicode 15 table 3-7, well-formed byte sequences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ability {

/// How many bytes the first character of `text` has: 1 to 4, or 0 if none or an ill-formed one is there.
std::size_t utf8_character(std::string_view text) noexcept;

/// Whether all of `text` is well-formed.
bool is_utf8(std::string_view text) noexcept;

/// The front of `text`, at most `max_bytes`, that does not end within a character. REQUIRES that `text` is UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

/// `text` if it is UTF-8; else each of its bytes as the ISO 8859-1 character it stands for, as HTTP once had it.
std::string to_utf8(std::string_view text);

}  // namespace ability
