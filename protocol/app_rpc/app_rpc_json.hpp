/// Calls to the application as JSON over HTTP.
/// Source: docs/protocols/app-rpc.md "JSON".
#pragma once

#include <string>
#include <string_view>

#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/result.hpp"

namespace ability {

/// The body of a call: the protobuf messages' names in snake_case, without empty fields. Invalid UTF-8 is replaced by
/// U+FFFD. `with_sid`: includes `sid`, for carriers without another place for it.
std::string encode_rpc_request(const rpc_request& request, bool with_sid = false);

/// Reads the body of a call. Ignores fields that the method does not use.
/// Errors: `malformed_json`, `wrong_type`. Their `detail` names the key.
result<rpc_request> decode_rpc_request(rpc_method method, std::string_view body);

/// The body of a reply, as `decode_rpc_reply` reads it. Invalid UTF-8 is replaced by U+FFFD.
std::string encode_rpc_reply(const rpc_reply& reply);

/// A map as JSON text, as in `istate` of a `disconnect`.
std::string encode_text_map(const text_map& map);

/// Reads the body of a reply. `status` is a number or the enumerator's name; without one it is `error`, as in protobuf.
/// Unknown keys are ignored, with nesting of any depth and numbers beyond a double's range (1e400). A lone surrogate
/// becomes U+FFFD; null counts as absent; the last of equal keys counts. Builds no document and does not recurse beyond
/// `max_json_depth`: uses the memory of the result, and one bit for each deeper level.
///
/// Errors: `malformed_json`, `wrong_type`, `wrong_value` (an unknown status). Their `detail` names the key.
result<rpc_reply> decode_rpc_reply(std::string_view body);

}  // namespace ability
