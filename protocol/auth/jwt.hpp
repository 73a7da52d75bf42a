/// JSON Web Tokens by which clients say who they are.
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

/// Bytes that a token may have.
inline constexpr std::size_t max_token_size = 16'384;

/// The keys that tokens are checked with, several at once so that they can be changed without a gap. Once filled it may
/// be used from several threads at once.
class token_keys {
public:
  /// A secret for HS256, HS384 and HS512. An empty one is none, and changes nothing.
  void add_secret(std::string secret);

  /// All keys of `read_pem_keys`, with its errors. Adds all or none.
  result<void> add_pem(std::string_view pem);

  /// All keys of `read_key_set`, with its errors. Adds all or none.
  result<void> add_jwks(std::string_view json);

  /// All keys of `other`.
  void add(const token_keys& other) { keys_.insert(keys_.end(), other.keys_.begin(), other.keys_.end()); }

  std::span<const signature_key> all() const noexcept { return keys_; }
  bool empty() const noexcept { return keys_.empty(); }

private:
  std::vector<signature_key> keys_;
};

/// What a token says of its bearer.
struct token_claims {
  std::string identity;  ///< of `ext`: by convention JSON, which is not checked; never empty
  /// From when on it does not count: `exp` in Unix seconds, rounded down, and the leeway. Fits a
  /// system_clock::time_point.
  std::optional<std::int64_t> expires;
};

/// What `token` says, if one of `keys` signed it and it is valid at `now`.
///
/// RS256/384/512 (PKCS #1), ES256/384/512 and HS256/384/512, each only by a key that is for it. If the token has a
/// `kid` that keys are named by, only these are tried, else all. Times count in whole seconds: it is valid from `nbf`
/// until just before `exp`; both may be absent. Clocks may differ by `leeway`, at least 0: it counts that long before
/// `nbf` and from `exp` on. `iat` and all else is ignored.
///
/// Errors: `too_large`; before the signature is checked, about the form and header: `wrong_value` (not three parts, no
/// base64url, another `alg`, a `crit`), `malformed_json`, `missing_key`, `wrong_type`; `bad_signature` (no key is for
/// the algorithm, or none matches); then, about the claims: `malformed_json`, `wrong_type`, `expired`, `not_yet_valid`,
/// `missing_key` or `empty_value` (`ext`), `wrong_value` (no base64url). No `detail` quotes a signature or key. Throws
/// std::runtime_error if OpenSSL fails to make a digest.
result<token_claims> verify_token(std::string_view token, const token_keys& keys,
                                  std::chrono::system_clock::time_point now, std::chrono::seconds leeway = {});

/// Whether the key of `token` is not among `keys`, so that another one may be asked for: they have none with the name
/// that the token gives, or none that is for its algorithm. False for what is no token.
bool lacks_key(std::string_view token, const token_keys& keys);

/// An HS256 token for the bearer `identity`, valid until `expires` (Unix seconds) or for ever.
///
/// Errors: `empty_value` (`identity`, `secret`), `invalid_utf8` (`identity`), `too_large` (over `max_token_size`).
/// Throws std::runtime_error if OpenSSL fails.
result<std::string> make_token(std::string_view identity, std::optional<std::int64_t> expires, std::string_view secret);

}  // namespace ability
