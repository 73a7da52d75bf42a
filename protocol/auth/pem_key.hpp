/// Signature keys as PEM.
/// Source: RFC 7468.
#pragma once

#include <string_view>
#include <vector>

#include "protocol/auth/signature_key.hpp"
#include "protocol/result.hpp"

namespace ability {

/// Reads all public keys in `pem`: "PUBLIC KEY", and "RSA PUBLIC KEY" of PKCS #1. Other text is ignored.
///
/// Errors: `empty_value` (no key); `wrong_value` (a private key or another object, malformed PEM, and all of
/// `signature_key`). None quotes a key.
result<std::vector<signature_key>> read_pem_keys(std::string_view pem);

}  // namespace ability
