/// Base64 and its URL-safe form.
/// Source: RFC 4648 sections 4 and 5.
#pragma once

#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Encodes `bytes` in the standard alphabet, with padding.
std::string encode_base64(std::string_view bytes);

/// Encodes `bytes` in the URL-safe alphabet, without padding.
std::string encode_base64url(std::string_view bytes);

/// Decodes base64 `text` in either alphabet, with complete padding or none.
///
/// Different texts of one alphabet and padding never decode to the same bytes: left-over bits must be 0.
///
/// Errors: `wrong_value` for any other character (also whitespace, and a mix of both alphabets), an impossible length,
/// and left-over bits that are not 0. `detail` quotes nothing of `text`, which may be secret.
result<std::string> decode_base64(std::string_view text);

}  // namespace ability
