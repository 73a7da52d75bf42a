#include "protocol/fly/link_proof.hpp"

#include "protocol/auth/secret.hpp"

namespace ability::fly {

namespace {

std::string cookie_of(std::string_view secret, std::string_view peer, std::chrono::system_clock::duration::rep window) {
  return derive_key(secret, "cookie " + std::string{peer} + ' ' + std::to_string(window)).substr(0, cookie_size);
}

auto window_of(std::chrono::system_clock::time_point when) { return when.time_since_epoch() / cookie_lifetime; }

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
  return cookie_of(secret, peer, window_of(now));
}

bool check_cookie(std::string_view cookie, std::string_view secret, std::string_view peer,
                  std::chrono::system_clock::time_point now) {
  const auto window = window_of(now);
  return cookie.size() == cookie_size && (constant_time_equal(cookie, cookie_of(secret, peer, window)) ||
                                          constant_time_equal(cookie, cookie_of(secret, peer, window - 1)));
}

}  // namespace ability::fly
