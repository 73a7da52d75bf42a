/// Calls to the application as JSON over HTTP.
/// Source: docs/protocols/app-rpc.md "JSON".
#pragma once

#include <string>
#include <string_view>

#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/result.hpp"

namespace ability {

/// The body of a call: the names of the protobuf messages in snake_case, empty fields left out. What is not UTF-8 is
/// replaced by U+FFFD.
/// `with_sid`: also `sid`, for carriers that have no other place for it.
std::string encode_rpc_request(const rpc_request& request, bool with_sid = false);

/// The other way, for who answers calls. Of what the method has no use for, nothing is read.
/// Errors: `malformed_json`, `wrong_type`. Their `detail` names the key.
result<rpc_request> decode_rpc_request(rpc_method method, std::string_view body);

/// The body of an answer, as `decode_rpc_reply` reads it. What is not UTF-8 is replaced by U+FFFD.
std::string encode_rpc_reply(const rpc_reply& reply);

/// A map as JSON text, as `istate` of a `disconnect` holds them.
std::string encode_text_map(const text_map& map);

/// Reads the body of an answer. `status` is a number or the name of the enumerator; without one it is `error`, as
/// protobuf has it. Unknown keys are ignored, whatever is in them: it may nest as deep as it likes and hold numbers
/// that no double can (1e400). Half a surrogate pair becomes U+FFFD; null counts as absent; of equal keys the last one
/// counts. Builds no document and does not recurse beyond `max_json_depth`: takes the memory of what is returned, and
/// one bit for each level beyond that.
///
/// Errors: `malformed_json`, `wrong_type`, `wrong_value` (an unknown status). Their `detail` names the key.
result<rpc_reply> decode_rpc_reply(std::string_view body);

}  // namespace ability
