/// How two nodes get to know each other, before anything of CAF's reaches the other end.
/// Source: docs/protocols/cluster.md "Handshake".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/cluster/member.hpp"
#include "protocol/result.hpp"

namespace ability {

/// What a node that dials sends first. What a monitoring program sends first is a BASP header, which begins otherwise.
inline constexpr std::string_view greeting_magic = "ABILITY\n";

/// Behind the magic each end sends frames: four bytes of length, big-endian, then a JSON object with `"type"`.
inline constexpr std::size_t greeting_header_size = 4;
inline constexpr std::size_t max_greeting_size = 16'384;

/// The versions of the wire between nodes that this build speaks: of greetings behind the hello, and of packets.
inline constexpr std::uint16_t oldest_link_version = 1;
inline constexpr std::uint16_t newest_link_version = 1;

/// Dialler, first: who I am and what I speak.
struct hello {
  std::uint16_t oldest = oldest_link_version;
  std::uint16_t newest = newest_link_version;
  member who;
  std::string nonce;  ///< 32 lower-case hex digits
};

/// Acceptor: who I am, and prove that you know the secret.
struct challenge {
  std::uint16_t version = newest_link_version;  ///< the newest that both speak
  member who;
  std::string nonce;  ///< 32 lower-case hex digits
};

/// Dialler: I do. And do you?
struct proof {
  std::string proof;  ///< `greeting_proof` of the dialler
};

/// Acceptor: I do. From here on both ends speak BASP.
struct welcome {
  std::string proof;  ///< `greeting_proof` of the acceptor
};

/// Either end: no; then it closes.
struct refusal_of_node {
  std::string code;     ///< `wrong_secret`, `wrong_version`, `tls_required`, `duplicate`, `self`, `full`, `name_taken`,
                        ///< `stopping`, `malformed`
  std::string message;  ///< a sentence, fit for a log: one line, at most 256 bytes once it was read or written
};

using greeting = std::variant<hello, challenge, proof, welcome, refusal_of_node>;

/// The whole frame: header and JSON. A `hello` does not include the magic.
std::string encode_greeting(const greeting& what);

/// Reads the JSON of one frame. Unknown keys are for later versions. Errors: those of JSON, of keys that are missing or
/// wrong, `unknown_command` (an unknown type), `wrong_value` (a nonce or uuid of another form), `too_large` (over
/// `max_greeting_size`).
result<greeting> decode_greeting(std::string_view json);

/// What shows that an end knows the cluster's secret: HMAC-SHA256 in hex over its role, and over versions, nonces and
/// uuids of both. Compared by `constant_time_equal`. Throws what `derive_key` throws.
std::string greeting_proof(std::string_view secret, bool of_dialler, const hello& dialler, const challenge& acceptor);

}  // namespace ability
