/// Compressed buffers of packets.
/// Source: docs/protocols/flyrpc.md "Compression"; RFC 1951.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability::fly {

/// `buffer` as raw deflate; nullopt if that is not smaller. Throws std::bad_alloc if there is no memory.
std::optional<std::string> compress(std::string_view buffer);

/// Inflates a compressed buffer. Errors: `wrong_value` (no complete deflate stream, or bytes after it); `too_large`
/// (over `max_buffer`, detected without producing more). Throws std::bad_alloc if there is no memory.
result<std::string> decompress(std::string_view buffer);

}  // namespace ability::fly
