/// Bodies that came compressed.
/// Source: RFC 1952.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Unpacks gzip, several members too. Never holds more than `limit` bytes of it, whatever was packed.
///
/// Errors: `too_large` if it would be more than `limit` bytes, `wrong_value` if it is not gzip or ends too early.
/// Throws std::bad_alloc if there is no memory.
result<std::string> unpack_gzip(std::string_view packed, std::size_t limit);

}  // namespace ability
