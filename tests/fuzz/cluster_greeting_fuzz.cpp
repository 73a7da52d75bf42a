#include <algorithm>
#include <variant>

#include "protocol/cluster/handshake.hpp"
#include "protocol/cluster/member.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  if (const auto members = decode_members(bytes))
    hold(decode_members(encode_members(*members)).value() == *members, "members come back");
  else
    hold(is_utf8(members.error().detail), "a detail can be shown");
  const auto found = decode_handshake_message(bytes);
  if (!found) {
    hold(is_utf8(found.error().detail), "a detail can be shown");
    return 0;
  }
  const auto frame = encode_handshake_message(*found);
  const auto again = decode_handshake_message(std::string_view{frame}.substr(handshake_header_size));
  hold(again && encode_handshake_message(*again) == frame, "a greeting comes back");
  if (const auto* refusal = std::get_if<refusal_of_node>(&*found)) {
    hold(is_utf8(refusal->message), "a refusal is text");
    hold(std::ranges::none_of(refusal->message, [](unsigned char c) { return c < ' '; }), "a refusal is one line");
  }
  return 0;
}
