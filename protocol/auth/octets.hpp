/// Bytes of a text in the form that OpenSSL takes.
#pragma once

#include <string_view>

namespace ability {

/// Views the bytes of `text`. Never null: OpenSSL refuses null even for a size of 0.
inline const unsigned char* octets(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
}

}  // namespace ability
