#include "protocol/app_rpc/app_rpc_json.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

bool all_utf8(const std::vector<std::string>& all) {
  for (const auto& each : all)
    if (!is_utf8(each))
      return false;
  return true;
}

bool all_utf8(const text_map& all) {
  for (const auto& [key, text] : all)
    if (!is_utf8(key) || !is_utf8(text))
      return false;
  return true;
}

// The other way: what a backend reads.
void read_as_call(std::string_view body) {
  for (const auto method : {rpc_method::connect, rpc_method::command, rpc_method::disconnect}) {
    const auto decoded = decode_rpc_request(method, body);
    if (!decoded)
      hold(is_utf8(decoded.error().detail), "a detail can be shown");
    else
      hold(decode_rpc_request(method, encode_rpc_request(*decoded, true)).has_value(), "a call can be sent again");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_as_call(as_text(data, size));
  const auto decoded = decode_rpc_reply(as_text(data, size));
  if (!decoded) {
    hold(is_utf8(decoded.error().detail), "a detail can be shown");
    hold(decoded.error().detail.size() < 512, "a detail is short");
    return 0;
  }
  hold(is_utf8(decoded->identity) && is_utf8(decoded->error_message), "strings are UTF-8");
  hold(all_utf8(decoded->transmissions), "what a client gets is UTF-8");
  hold(all_utf8(decoded->streams) && all_utf8(decoded->stopped_streams), "names of streams are UTF-8");
  hold(all_utf8(decoded->connection_state) && all_utf8(decoded->subscription_state), "states are UTF-8");
  text_map state = decoded->connection_state;
  merge_state(state, decoded->connection_state);
  for (const auto& [key, text] : decoded->connection_state)
    hold(state.contains(key) != text.empty(), "a state holds no empty text");
  // Send the remembered state back.
  const rpc_request next{.method = rpc_method::command,
                         .sid = "s",
                         .identity = decoded->identity,
                         .env = {{}, {}, state, decoded->subscription_state}};
  const auto body = encode_rpc_request(next);
  hold(is_utf8(body) && decode_rpc_reply(body).has_value(), "a call is a JSON object");
  return 0;
}
