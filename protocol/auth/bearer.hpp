/// Bearer keys in `Authorization` headers.
/// Source: RFC 6750 section 2.1; docs/protocols/publications.md "HTTP".
#pragma once

#include <string_view>

namespace ability {

/// True if the header (empty: none was sent) contains `key` as `Bearer <key>`. The scheme is case-insensitive, the
/// comparison takes constant time, and an empty key matches nothing.
bool bearer_matches(std::string_view authorization_header, std::string_view key);

}  // namespace ability
