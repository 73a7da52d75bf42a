/// Bearer keys in `Authorization` headers.
/// Source: RFC 6750 section 2.1; docs/protocols/publications.md "HTTP".
#pragma once

#include <string_view>

namespace ability {

/// Whether the header (empty: none was sent) carries `key` as `Bearer <key>`. The case of the scheme does not matter,
/// the time taken tells nothing about the key, and an empty key matches nothing.
bool bearer_matches(std::string_view authorization_header, std::string_view key);

}  // namespace ability
