#include "protocol/fly/link_proof.hpp"

#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

#include "protocol/auth/secret.hpp"

namespace ability::fly {

namespace {

constexpr std::size_t salt_size = 8;

// The low 32 bits of the time begin the cookie, so that each challenge has another one.
std::string cookie_of(std::string_view secret, std::string_view peer, std::int64_t made_ms) {
  std::array<char, salt_size + 1> salt;
  std::snprintf(salt.data(), salt.size(), "%08" PRIx32, static_cast<std::uint32_t>(made_ms));
  return salt.data() + derive_key(secret, "cookie " + std::string{peer} + ' ' + std::to_string(made_ms))
                           .substr(0, cookie_size - salt_size);
}

std::int64_t milliseconds_of(std::chrono::system_clock::time_point when) {
  return std::chrono::floor<std::chrono::milliseconds>(when).time_since_epoch().count();
}

}  // namespace

std::string link_proof(std::string_view secret, std::string_view role, std::string_view own_nonce,
                       std::string_view other_nonce) {
  // Includes sizes, so that different pairs never form the same text.
  std::string text{role};
  for (const auto nonce : {own_nonce, other_nonce})
    text.append(" ").append(std::to_string(nonce.size())).append(" ").append(nonce);
  return derive_key(secret, text);
}

std::string make_cookie(std::string_view secret, std::string_view peer, std::chrono::system_clock::time_point now) {
  return cookie_of(secret, peer, milliseconds_of(now));
}

std::optional<std::chrono::system_clock::time_point> check_cookie(std::string_view cookie, std::string_view secret,
                                                                  std::string_view peer,
                                                                  std::chrono::system_clock::time_point now) {
  constexpr auto lifetime = std::chrono::milliseconds{cookie_lifetime}.count();
  std::uint32_t salt = 0;
  const auto* const end = cookie.data() + salt_size;
  if (cookie.size() != cookie_size || std::from_chars(cookie.data(), end, salt, 16).ptr != end)
    return std::nullopt;
  // Below zero if the clock was set back.
  const std::int64_t age = static_cast<std::int32_t>(static_cast<std::uint32_t>(milliseconds_of(now)) - salt);
  const auto made = milliseconds_of(now) - age;
  if (age > lifetime || age < -lifetime || !constant_time_equal(cookie, cookie_of(secret, peer, made)))
    return std::nullopt;
  return std::chrono::system_clock::time_point{std::chrono::milliseconds{made}};
}

}  // namespace ability::fly
