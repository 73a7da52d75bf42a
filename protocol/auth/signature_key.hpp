/// Keys and algorithms of JSON Web Signatures, implemented on OpenSSL 3. Debian's libjwt and cpp-jwt have no JSON Web
/// Key Sets and let the token choose the algorithm, where only the key may.
/// Source: RFC 7518 section 3.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/result.hpp"

struct evp_pkey_st;

namespace ability {

/// Supported algorithms. `none` is not one of them.
enum class token_algorithm : std::uint8_t { hs256, hs384, hs512, rs256, rs384, rs512, es256, es384, es512 };

/// Finds an algorithm by name: "HS256" and so on, upper case only.
std::optional<token_algorithm> algorithm_named(std::string_view name) noexcept;

/// The MAC of `text` in bytes. REQUIRES an algorithm of the HS family. Throws std::runtime_error if OpenSSL fails.
std::string token_mac(token_algorithm algorithm, std::string_view secret, std::string_view text);

/// OpenSSL's public key, shared by all copies. Thread-safe.
using public_key = std::shared_ptr<evp_pkey_st>;

/// A key that verifies signatures. Its kind determines the algorithms, not the token.
class signature_key {
public:
  /// Makes a key of a secret for the HS family. Errors: `empty_value`.
  static result<signature_key> of_secret(std::string secret);

  /// Makes a key of an RSA key, for the RS family, or an EC key, for ES256, ES384 or ES512 by its curve.
  ///
  /// Errors: `wrong_value` for a null key, another kind or curve, an RSA key under 2048 or over 16384 bits, and numbers
  /// that do not form a key.
  static result<signature_key> of_public(public_key key);

  /// Restricts it to one algorithm. Errors: `wrong_value` if the algorithm does not fit the key, which stays as it was.
  result<void> bind(token_algorithm only);

  /// Sets the name by which tokens refer to it.
  void name(std::string id) { id_ = std::move(id); }
  bool is_named(std::string_view id) const noexcept { return id_ == id; }

  /// True if it may be used with `algorithm`.
  bool fits(token_algorithm algorithm) const noexcept;

  /// True if `signature` is that of `text` by this key and `algorithm` fits the key. The time taken reveals nothing
  /// about a secret. Throws like `token_mac`.
  bool verifies(token_algorithm algorithm, std::string_view text, std::string_view signature) const;

private:
  enum class kind : std::uint8_t { secret, rsa, p256, p384, p521 };

  signature_key(kind of, std::string secret, public_key key)
      : kind_{of}, secret_{std::move(secret)}, public_{std::move(key)} {}

  kind kind_;
  std::string secret_;
  public_key public_;
  std::optional<std::string> id_;
  std::optional<token_algorithm> only_;
};

}  // namespace ability
