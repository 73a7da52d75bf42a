/// Stream names signed by the application.
///
/// A signed name is the base64 of the name as a JSON string, "--", and the lower-case hex HMAC-SHA256 of that base64
/// text. Rails' MessageVerifier, Turbo and CableReady use the same form.
/// Source: docs/protocols/action-cable.md "Channels that name their stream".
#pragma once

#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Signs `name`, in the standard alphabet. REQUIRES a `secret` that is not empty. Ill-formed UTF-8 becomes U+FFFD.
/// Throws like `derive_key`.
std::string sign_stream(std::string_view name, std::string_view secret);

/// Verifies a signed name and returns the name. Its base64 may be of either alphabet. The signature is compared first,
/// in constant time; an empty `secret` verifies nothing.
///
/// Errors: `bad_signature` (missing or wrong); after a valid signature `wrong_value` (not base64), `malformed_json`,
/// `wrong_type` (not a string), `empty_value`. No `detail` quotes the signed name. Throws like `derive_key`.
result<std::string> verify_stream(std::string_view signed_name, std::string_view secret);

}  // namespace ability
