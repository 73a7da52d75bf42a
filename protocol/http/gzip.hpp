/// Decompression of bodies.
/// Source: RFC 1952.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Unpacks gzip, also of several members. Holds at most `limit` bytes of output.
///
/// Errors: `too_large` if the output exceeds `limit` bytes, `wrong_value` if the input is not gzip or is truncated.
/// Throws std::bad_alloc if there is no memory.
result<std::string> unpack_gzip(std::string_view packed, std::size_t limit);

}  // namespace ability
