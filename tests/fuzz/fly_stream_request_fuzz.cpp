#include <variant>

#include "protocol/fly/address.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/positions.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;
using namespace ability::fly;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  if (const auto identifier = identifier_of(bytes))
    hold(is_utf8(*identifier) && (bytes.starts_with('{') || validate_json(*identifier)), "an identifier is JSON");
  if (const auto wanted = read_stream_request(bytes)) {
    hold(is_utf8(wanted->identifier), "an identifier is text");
    hold(!wanted->since || (wanted->is_wrapped && wanted->since->is_valid), "only a wrapped request has a since");
  } else {
    hold(is_utf8(wanted.error().detail), "a detail can be shown");
  }
  if (const auto where = decode_beginning(bytes)) {
    const auto text = encode_beginning(*where);
    hold(encode_beginning(*decode_beginning(text)) == text, "a Confirm has one text");
  }
  if (const auto parts = split_position(bytes))
    hold(parts->data.size() + position_size == bytes.size(), "a position is ahead of the data");
  const auto said = translate(bytes);
  if (const auto* message = std::get_if<channel_message>(&said))
    hold(is_utf8(message->identifier) && is_utf8(message->data), "what is passed on is text");
  if (const auto reply = decode_helo_reply(bytes); !reply)
    hold(is_utf8(reply.error().detail), "a detail can be shown");
  if (const auto where = parse_address(bytes))
    hold(parse_address(to_string(*where)) && *parse_address(to_string(*where)) == *where, "an address has one text");
  return 0;
}
