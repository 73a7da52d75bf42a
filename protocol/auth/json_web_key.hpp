/// Keys for signatures as JSON Web Keys.
/// Source: RFC 7517; RFC 7518 section 6.
#pragma once

#include <string_view>
#include <vector>

#include "protocol/auth/signature_key.hpp"
#include "protocol/result.hpp"

namespace ability {

/// The keys of a JSON Web Key Set (`{"keys":[...]}`), all or none of them.
///
/// Reads `kty` oct, RSA and EC, with `kid`, `alg` and `use`. Skips keys of other types and curves, for algorithms that
/// are not here and for another use than "sig". Of equal members the last one counts, private ones are ignored.
///
/// Errors, of which `detail` tells the key by its place: `malformed_json`; `wrong_type`; `missing_key`; `empty_value`
/// (a member, or nothing is left to verify with); `wrong_value` (a number that is no base64, or of the wrong size; all
/// of `signature_key`). None quotes a key.
result<std::vector<signature_key>> read_key_set(std::string_view json);

}  // namespace ability
