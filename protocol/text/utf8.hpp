/// UTF-8 validation, byte by byte.
/// Source: Unicode 15 table 3-7, well-formed byte sequences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ability {

/// Bytes of the first character of `text`: 1 to 4; 0 if it is ill-formed or absent.
std::size_t utf8_character(std::string_view text) noexcept;

/// True if all of `text` is well-formed.
bool is_utf8(std::string_view text) noexcept;

/// The longest front of `text` of at most `max_bytes` that ends between characters. REQUIRES that `text` is UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

/// `text` if it is UTF-8; otherwise each byte as its ISO 8859-1 character, which HTTP formerly used.
std::string to_utf8(std::string_view text);

}  // namespace ability
