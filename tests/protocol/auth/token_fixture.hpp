// Tokens made and verified in one line.
#pragma once

#include "caf/test/unit_test.hpp"
#include "protocol/auth/jwt.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

inline constexpr std::string_view secret = "s3cret";
inline constexpr std::string_view identity = R"({"id":1})";

constexpr std::chrono::system_clock::time_point at(std::int64_t unix_seconds) {
  return std::chrono::system_clock::time_point{std::chrono::seconds{unix_seconds}};
}

inline constexpr auto now = at(1'700'000'000);

inline token_keys keys_of(std::string_view text) {
  token_keys keys;
  keys.add_secret(std::string{text});
  return keys;
}

/// An HS256 token of any header and claims.
inline std::string signed_token(std::string_view claims, std::string_view header = R"({"alg":"HS256"})",
                                std::string_view key = secret) {
  const auto text = encode_base64url(header) + '.' + encode_base64url(claims);
  return text + '.' + encode_base64url(token_mac(token_algorithm::hs256, key, text));
}

inline std::string message(errc code) { return make_error_code(code).message(); }

/// The identity, or the reason of the refusal.
inline std::string outcome(std::string_view token, const token_keys& keys,
                           std::chrono::system_clock::time_point time = now) {
  const auto claims = verify_token(token, keys, time);
  if (claims) {
    return claims->identity;
  }
  CAF_CHECK(is_utf8(claims.error().detail));
  return message(claims.error().code);
}

}  // namespace ability
