/// The first packet of a connection: what both sides can do, and who the client is.
/// Source: docs/protocols/flyrpc.md "Helo", "Opening".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/result.hpp"

namespace ability::fly {

inline constexpr int protocol_version = 1;

/// How messages are written into buffers. Protobuf messages are always protobuf.
enum class serializer : std::uint8_t { json, msgpack, protobuf };

/// `json`, `msgpack` or `protobuf`.
std::string_view name_of(serializer which) noexcept;

/// What the one says that connects. All keys are optional.
struct helo_request {
  int version = protocol_version;
  std::vector<serializer> serializers = {};  ///< wanted, the best first; unknown ones are left out
  bool deflate = false;                      ///< takes compressed buffers
  bool ack = false;                          ///< knows the option `ack`
  std::string token = {};
  text_map headers = {};   ///< lower-case names, as of a WebSocket's request
  std::string role = {};   ///< `client`, `gateway`, ...; empty: a client
  std::string node = {};   ///< name of a gateway
  std::string proof = {};  ///< of a gateway: that it knows the shared secret
  std::string nonce = {};
  std::string cookie = {};  ///< over UDP: as it was answered, or `blank_cookie`
  // What a gateway, and nobody else, tells a backend of a client that it let in.
  std::string session = {};
  std::string identity = {};
};

/// What it is answered.
struct helo_reply {
  int version = protocol_version;
  fly::serializer serializer = fly::serializer::json;
  bool deflate = false;
  bool ack = false;
  std::string session = {};
  std::size_t max_payload = 65'535;
  std::string role = {};
  std::string node = {};
  std::string proof = {};
  std::string nonce = {};
  std::string cookie = {};  ///< over UDP: nothing was granted yet, ask again with this
};

/// The buffers. Empty keys are left out.
std::string encode_helo(const helo_request& helo);
std::string encode_helo(const helo_reply& helo);

/// The buffer of a reply that is nothing but a cookie: no longer than any request with one.
std::string encode_cookie_reply(std::string_view cookie);

/// Unknown keys are ignored; null counts as absent.
/// Errors: `malformed_json`, `wrong_type`, `wrong_value` (a version that is not 1, a serializer that the reply names
/// and is none).
result<helo_request> decode_helo_request(std::string_view buffer);
result<helo_reply> decode_helo_reply(std::string_view buffer);

/// The first of `wanted` that is among `known`, or JSON, which everybody knows.
serializer choose(const std::vector<serializer>& wanted, const std::vector<serializer>& known) noexcept;

}  // namespace ability::fly
