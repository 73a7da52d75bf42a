/// Keys and algorithms of JSON Web Signatures, straight on OpenSSL 3: Debian's libjwt and cpp-jwt know no JSON Web Key
/// Set and let the token choose the algorithm, where only the key may.
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

/// The algorithms that there are here. `none` is no algorithm.
enum class token_algorithm : std::uint8_t { hs256, hs384, hs512, rs256, rs384, rs512, es256, es384, es512 };

/// "HS256" and so on, in upper case only.
std::optional<token_algorithm> algorithm_named(std::string_view name) noexcept;

/// The MAC of `text` as bytes. REQUIRES an algorithm of the HS family. Throws std::runtime_error if OpenSSL fails.
std::string token_mac(token_algorithm algorithm, std::string_view secret, std::string_view text);

/// OpenSSL's public key, shared by all copies. May be used from several threads at once.
using public_key = std::shared_ptr<evp_pkey_st>;

/// One key that signatures are checked with. What it is decides which algorithms it is for, the token does not.
class signature_key {
public:
  /// A secret for the HS family. Errors: `empty_value`.
  static result<signature_key> of_secret(std::string secret);

  /// An RSA key is for the RS family; an EC key for ES256, ES384 or ES512, by its curve.
  ///
  /// Errors: `wrong_value` for no key, one of another kind or curve, an RSA key under 2048 or over 16384 bits, and
  /// numbers that are no key.
  static result<signature_key> of_public(public_key key);

  /// Binds it to one algorithm. Errors: `wrong_value` if that does not fit the key; it is then as before.
  result<void> bind(token_algorithm only);

  /// Names it; tokens may ask for it by that.
  void name(std::string id) { id_ = std::move(id); }
  bool is_named(std::string_view id) const noexcept { return id_ == id; }

  /// Whether it may be used with `algorithm`.
  bool fits(token_algorithm algorithm) const noexcept;

  /// Whether `signature` is that of `text` by this key. False if `algorithm` does not fit it. The time taken tells
  /// nothing about a secret. Throws what `token_mac` throws.
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
