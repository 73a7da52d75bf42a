/// The bytes of a JSON string that stand for themselves.
#pragma once

#include <array>
#include <cstddef>

namespace ability {

/// True for the bytes of ASCII that a JSON string may hold without an escape.
inline constexpr auto plain_bytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) {
    table[byte] = byte != '"' && byte != '\\';
  }
  return table;
}();

}  // namespace ability
