/// How the two ends of a link, and a UDP client, prove who they are.
/// Source: docs/protocols/flyrpc.md "Opening", "UDP".
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace ability::fly {

/// What shows that an end of a link knows the secret, without telling it: HMAC-SHA256 over its role and both nonces,
/// in hex. The role keeps one end from sending back what it got from the other. Compared by `constant_time_equal`.
/// Throws what `derive_key` throws.
std::string link_proof(std::string_view secret, std::string_view role, std::string_view own_nonce,
                       std::string_view other_nonce);

/// Characters of a cookie.
inline constexpr std::size_t cookie_size = 32;

/// What a UDP client that knows nothing yet sends in place of a cookie, so that its Helo is longer than the answer.
inline constexpr std::string_view blank_cookie = "--------------------------------";

/// A cookie lives this long at least, and twice as long at most.
inline constexpr std::chrono::seconds cookie_lifetime{30};

/// What a UDP client gets at `peer` (its address as text), and only there: whoever sends it back has that address.
/// `secret` is the server's own and never leaves it. Throws what `derive_key` throws.
std::string make_cookie(std::string_view secret, std::string_view peer, std::chrono::system_clock::time_point now);

/// Whether `cookie` was made for `peer` not long ago. Throws what `derive_key` throws.
bool check_cookie(std::string_view cookie, std::string_view secret, std::string_view peer,
                  std::chrono::system_clock::time_point now);

}  // namespace ability::fly
