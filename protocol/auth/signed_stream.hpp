/// Names of streams that the application vouches for.
///
/// A signed name is the base64 of the name as a JSON string, "--", and the lower-case hex HMAC-SHA256 of that base64
/// text. Rails' MessageVerifier, Turbo and CableReady sign alike.
/// Source: docs/protocols/action-cable.md "Channels that name their stream".
#pragma once

#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// `name`, signed; standard alphabet. REQUIRES a `secret` that is not empty. Ill-formed UTF-8 becomes U+FFFD. Throws
/// what `derive_key` throws.
std::string sign_stream(std::string_view name, std::string_view secret);

/// The name that was signed. Its base64 may be of either alphabet. The signature is compared in constant time and
/// before anything else is looked at; an empty `secret` verifies nothing.
///
/// Errors: `bad_signature` (there is none, or another); behind a right signature `wrong_value` (no base64),
/// `malformed_json`, `wrong_type` (no string), `empty_value`. No `detail` quotes the signed name. Throws what
/// `derive_key` throws.
result<std::string> verify_stream(std::string_view signed_name, std::string_view secret);

}  // namespace ability
