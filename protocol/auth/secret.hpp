/// Comparison, derivation and generation of secrets. No part of one ever reaches a log. All functions throw
/// std::runtime_error if OpenSSL fails (no randomness, no SHA-256), as no result would be safe.
/// Source of the derivation: docs/protocols/publications.md "Derived keys".
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// Purposes of `derive_key`.
inline constexpr std::string_view broadcast_key_purpose = "broadcast-cable";
inline constexpr std::string_view api_key_purpose = "api-cable";
inline constexpr std::string_view rpc_key_purpose = "rpc-cable";
inline constexpr std::string_view fly_rpc_key_purpose = "fly-rpc";
inline constexpr std::string_view cluster_key_purpose = "cluster";

/// True if both are equal. The time taken depends neither on their content nor on a common prefix, and does not reveal
/// whether their lengths differ.
bool constant_time_equal(std::string_view a, std::string_view b);

/// Key for one purpose, derived from the one secret shared with the application: lower-case hex
/// HMAC-SHA256(key = secret, message = purpose), 64 characters.
std::string derive_key(std::string_view secret, std::string_view purpose);

/// The secret that nodes prove to each other and that monitoring programs log in with: `own`, or the key derived from
/// `secret` if `own` is empty. Empty if both are.
std::string cluster_key(std::string_view own, std::string_view secret);

/// Characters of a `random_id`.
inline constexpr std::size_t random_id_size = 21;

/// A random name: 21 characters of A-Z a-z 0-9 _ -, not starting with -; 125 random bits, so unguessable and unique.
std::string random_id();

}  // namespace ability
