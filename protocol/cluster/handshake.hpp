/// Handshake of two nodes, before any BASP is exchanged.
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

/// First bytes from a dialling node. A monitoring program sends a BASP header, which begins differently.
inline constexpr std::string_view handshake_magic = "ABILITY\n";

/// After the magic each end sends frames: four bytes of length, big-endian, then a JSON object with `"type"`.
inline constexpr std::size_t handshake_header_size = 4;
inline constexpr std::size_t max_handshake_size = 16'384;

/// Supported versions of the protocol between nodes: of handshake messages after `hello`, and of packets.
inline constexpr std::uint16_t oldest_link_version = 1;
inline constexpr std::uint16_t newest_link_version = 1;

/// Dialler, first message: its identity and versions.
struct hello {
  std::uint16_t oldest = oldest_link_version;
  std::uint16_t newest = newest_link_version;
  member who;
  std::string nonce;  ///< 32 lower-case hex digits
};

/// Acceptor: its identity, and a request to prove the secret.
struct challenge {
  std::uint16_t version = newest_link_version;  ///< the newest supported by both
  member who;
  std::string nonce;  ///< 32 lower-case hex digits
};

/// Dialler: its proof, and a request for the acceptor's.
struct proof {
  std::string proof;  ///< `handshake_proof` of the dialler
};

/// Acceptor: its proof. From here on both ends speak BASP.
struct welcome {
  std::string proof;  ///< `handshake_proof` of the acceptor
};

/// Either end: refusal; then it closes.
struct refusal_of_node {
  std::string code;     ///< `wrong_secret`, `wrong_version`, `tls_required`, `duplicate`, `self`, `full`, `name_taken`,
                        ///< `stopping`, `malformed`
  std::string message;  ///< a sentence for a log: one line, at most 256 bytes after reading or writing
};

using handshake_message = std::variant<hello, challenge, proof, welcome, refusal_of_node>;

/// The complete frame: header and JSON. A `hello` does not include the magic.
std::string encode_handshake_message(const handshake_message& what);

/// Reads the JSON of one frame. Ignores unknown keys, for later versions. Errors: those of JSON, of missing or wrong
/// keys, `unknown_command` (an unknown type), `wrong_value` (a malformed nonce or uuid), `too_large` (over
/// `max_handshake_size`).
result<handshake_message> decode_handshake_message(std::string_view json);

/// Proof that an end knows the cluster's secret: hex HMAC-SHA256 over its role and over the versions, nonces and uuids
/// of both ends. Compared by `constant_time_equal`. Throws like `derive_key`.
std::string handshake_proof(std::string_view secret, bool of_dialler, const hello& dialler, const challenge& acceptor);

}  // namespace ability
