/// Proofs of the two ends of a link, and cookies of UDP clients.
/// Source: docs/protocols/flyrpc.md "Opening", "UDP".
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ability::fly {

/// Proof that an end of a link knows the secret, without revealing it: hex HMAC-SHA256 over its role and both nonces.
/// The role prevents an end from returning the proof that it received. Compared by `constant_time_equal`. Throws like
/// `derive_key`.
std::string link_proof(std::string_view secret, std::string_view role, std::string_view own_nonce,
                       std::string_view other_nonce);

/// Characters of a cookie.
inline constexpr std::size_t cookie_size = 32;

/// Placeholder of a UDP client without a cookie, so that its Helo is longer than the answer.
inline constexpr std::string_view blank_cookie = "--------------------------------";

/// Lifetime of a cookie.
inline constexpr std::chrono::seconds cookie_lifetime{60};

/// Cookie for a UDP client at `peer` (its address as text): a client that returns it has proved its address. `secret`
/// is the server's own and never leaves it. Cookies of different milliseconds differ. Throws like `derive_key`.
std::string make_cookie(std::string_view secret, std::string_view peer, std::chrono::system_clock::time_point now);

/// The time at which `cookie` was made, to the millisecond; none: it was not made for `peer` within its lifetime.
/// Throws like `derive_key`.
std::optional<std::chrono::system_clock::time_point> check_cookie(std::string_view cookie, std::string_view secret,
                                                                  std::string_view peer,
                                                                  std::chrono::system_clock::time_point now);

}  // namespace ability::fly
