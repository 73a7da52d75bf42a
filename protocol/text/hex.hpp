/// Bytes in hexadecimal.
#pragma once

#include <span>
#include <string>

namespace ability {

/// Two lower-case digits for each byte.
std::string to_hex(std::span<const unsigned char> bytes);

}  // namespace ability
