/// The first packet of a connection: capabilities of both sides, and the client's identity.
/// Source: docs/protocols/flyrpc.md "Helo", "Opening".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/result.hpp"

namespace ability::fly {

inline constexpr int protocol_version = 1;

/// Encodings of messages in buffers. Protobuf messages are always protobuf.
enum class serializer : std::uint8_t { json, msgpack, protobuf };

/// `json`, `msgpack` or `protobuf`.
std::string_view name_of(serializer which) noexcept;

/// The connecting side's Helo. All keys are optional.
struct helo_request {
  int version = protocol_version;
  std::vector<serializer> serializers = {};  ///< in order of preference, best first; unknown ones are omitted
  bool deflate = false;                      ///< accepts compressed buffers
  bool ack = false;                          ///< supports the option `ack`
  bool positions = false;                    ///< wants positions ahead of messages of streams, and its session kept
  std::string resume = {};                   ///< the session that it wants back; empty: none
  std::string token = {};
  text_map headers = {};   ///< lower-case names, like a WebSocket request's
  std::string role = {};   ///< `client`, `gateway`, ...; empty: a client
  std::string node = {};   ///< name of a gateway
  std::string proof = {};  ///< of a gateway: proves its knowledge of the shared secret
  std::string nonce = {};
  std::string cookie = {};  ///< over UDP: the server's cookie, or `blank_cookie`
  // Set only by a gateway, for a backend: the admitted client's.
  std::string session = {};
  std::string identity = {};
};

/// The answer to a Helo.
struct helo_reply {
  int version = protocol_version;
  fly::serializer serializer = fly::serializer::json;
  bool deflate = false;
  bool ack = false;
  bool positions = false;  ///< messages of streams have a position ahead
  std::string session = {};
  std::optional<bool> restored = {};             ///< the session is an earlier one; none: it was not asked for
  std::vector<std::uint16_t> restored_ids = {};  ///< aliases of its subscriptions
  std::size_t max_payload = 65'535;
  std::string role = {};
  std::string node = {};
  std::string proof = {};
  std::string nonce = {};
  std::string cookie = {};  ///< over UDP: not connected yet, repeat the Helo with this cookie
};

/// Encode the buffers. Empty keys are omitted.
std::string encode_helo(const helo_request& helo);
std::string encode_helo(const helo_reply& helo);

/// The buffer of a reply with only a cookie: no longer than any request with a cookie.
std::string encode_cookie_reply(std::string_view cookie);

/// Decode the buffers. Unknown keys are ignored; null counts as absent.
/// Errors: `malformed_json`, `wrong_type`, `wrong_value` (a version other than 1, or an unknown serializer in a reply).
result<helo_request> decode_helo_request(std::string_view buffer);
result<helo_reply> decode_helo_reply(std::string_view buffer);

/// The first of `wanted` that is among `known`; by default JSON, which every peer supports.
serializer choose(const std::vector<serializer>& wanted, const std::vector<serializer>& known) noexcept;

}  // namespace ability::fly
