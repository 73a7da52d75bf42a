/// Base64 and its URL-safe form.
/// Source: RFC 4648 sections 4 and 5.
#pragma once

#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// `bytes` in the standard alphabet, padded.
std::string encode_base64(std::string_view bytes);

/// `bytes` in the URL-safe alphabet, without padding.
std::string encode_base64url(std::string_view bytes);

/// The bytes of which `text` is the base64, in either alphabet, with all of its padding or none.
///
/// Two different texts of one alphabet and padding never give the same bytes: bits that are left over must be 0.
///
/// Errors: `wrong_value` for any other character (also whitespace, and a mix of both alphabets), a length that no bytes
/// have, and left-over bits. `detail` quotes nothing of `text`, which may be secret.
result<std::string> decode_base64(std::string_view text);

}  // namespace ability
