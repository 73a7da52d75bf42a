/// Secrets: comparing, deriving and making them up. No part of one ever reaches a log.
/// All throw std::runtime_error if OpenSSL fails (no randomness, no SHA-256), as nothing is safe then.
/// Source of the derivation: docs/protocols/publications.md "Derived keys".
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// Purposes of `derive_key`.
inline constexpr std::string_view broadcast_key_purpose = "broadcast-cable";
inline constexpr std::string_view rpc_key_purpose = "rpc-cable";
inline constexpr std::string_view fly_rpc_key_purpose = "fly-rpc";
inline constexpr std::string_view cluster_key_purpose = "cluster";

/// Whether both are equal, in a time that depends on neither's content nor on how far they agree, and that does not
/// tell whether their lengths differ.
bool constant_time_equal(std::string_view a, std::string_view b);

/// The key for one purpose, from the one secret that an application shares with us: lower-case hex
/// HMAC-SHA256(key = secret, message = purpose), 64 characters.
std::string derive_key(std::string_view secret, std::string_view purpose);

/// What nodes prove to each other and monitoring programs log in with: `own` if there is one, or else the key that is
/// derived from `secret`. Empty: there is neither.
std::string cluster_key(std::string_view own, std::string_view secret);

/// The length of a `random_id`.
inline constexpr std::size_t random_id_size = 21;

/// 21 characters of A-Z a-z 0-9 _ -, the first of them no -; 125 random bits: unguessable and unique.
std::string random_id();

}  // namespace ability
