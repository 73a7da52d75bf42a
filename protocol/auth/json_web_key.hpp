/// Signature keys as JSON Web Keys.
/// Source: RFC 7517; RFC 7518 section 6.
#pragma once

#include <string_view>
#include <vector>

#include "protocol/auth/signature_key.hpp"
#include "protocol/result.hpp"

namespace ability {

/// Reads the keys of a JSON Web Key Set (`{"keys":[...]}`), all or none of them.
///
/// Reads `kty` oct, RSA and EC, with `kid`, `alg` and `use`. Skips keys of other types and curves, for unsupported
/// algorithms and for uses other than "sig". The last of equal members counts; private members are ignored.
///
/// Errors, with the key's position in `detail`: `malformed_json`; `wrong_type`; `missing_key`; `empty_value` (a member,
/// or no usable key is left); `wrong_value` (a number that is not base64, or of the wrong size; all of
/// `signature_key`). None quotes a key.
result<std::vector<signature_key>> read_key_set(std::string_view json);

}  // namespace ability
