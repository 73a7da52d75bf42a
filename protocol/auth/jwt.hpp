/// JSON Web Tokens that identify clients.
/// Source: RFC 7519; RFC 7515 sections 3 to 5 (compact form); docs/protocols/action-cable.md "The decision".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/auth/signature_key.hpp"
#include "protocol/result.hpp"

namespace ability {

/// Maximum bytes of a token.
inline constexpr std::size_t max_token_size = 16'384;

/// Keys that verify tokens; several at once, so that a key can be replaced without a gap. Thread-safe once it is
/// filled.
class token_keys {
public:
  /// Adds a secret for HS256, HS384 and HS512. An empty one is ignored.
  void add_secret(std::string secret);

  /// Adds all keys of `read_pem_keys`, with its errors: all or none.
  result<void> add_pem(std::string_view pem);

  /// Adds all keys of `read_key_set`, with its errors: all or none.
  result<void> add_jwks(std::string_view json);

  /// Adds all keys of `other`.
  void add(const token_keys& other) { keys_.insert(keys_.end(), other.keys_.begin(), other.keys_.end()); }

  std::span<const signature_key> all() const noexcept { return keys_; }
  bool empty() const noexcept { return keys_.empty(); }

private:
  std::vector<signature_key> keys_;
};

/// Claims of a token about its bearer.
struct token_claims {
  std::string identity;  ///< `ext`: by convention JSON, which is not checked; never empty
  /// End of the validity: `exp` in Unix seconds, rounded down, plus the leeway. Fits a system_clock::time_point.
  std::optional<std::int64_t> expires = {};
  std::string subject = {};  ///< `sub` as JSON; empty: none
  std::string issuer = {};   ///< `iss` as JSON; empty: none
};

/// Returns the claims of `token`, if one of `keys` signed it and it is valid at `now`.
///
/// RS256/384/512 (PKCS #1), ES256/384/512 and HS256/384/512, each only with a key for it. If the token's `kid` names
/// keys, only these are tried, otherwise all. Times are in whole seconds: the token is valid from `nbf` until just
/// before `exp`; both are optional. `leeway`, at least 0, extends the validity at both ends, as clocks differ. `sub`
/// and `iss` may be any JSON; `iat` and all other claims are ignored.
///
/// Errors: `too_large`; before the signature is checked, for the form and header: `wrong_value` (not three parts, not
/// base64url, another `alg`, a `crit`), `malformed_json`, `missing_key`, `wrong_type`; `bad_signature` (no key for the
/// algorithm, or none matches); then, for the claims: `malformed_json`, `wrong_type`, `expired`, `not_yet_valid`,
/// `missing_key` or `empty_value` (`ext`), `wrong_value` (not base64url). No `detail` quotes a signature or key. Throws
/// std::runtime_error if OpenSSL fails to make a digest.
result<token_claims> verify_token(std::string_view token, const token_keys& keys,
                                  std::chrono::system_clock::time_point now, std::chrono::seconds leeway = {});

/// True if `keys` lack the key of `token`, so that new keys may be fetched: none has the token's `kid`, or, without a
/// `kid`, none is for its algorithm. False if `token` is not a token.
bool lacks_key(std::string_view token, const token_keys& keys);

/// An HS256 token for the bearer `identity`, valid until `expires` (Unix seconds) or forever.
///
/// Errors: `empty_value` (`identity`, `secret`), `invalid_utf8` (`identity`), `too_large` (over `max_token_size`).
/// Throws std::runtime_error if OpenSSL fails.
result<std::string> make_token(std::string_view identity, std::optional<std::int64_t> expires, std::string_view secret);

}  // namespace ability
