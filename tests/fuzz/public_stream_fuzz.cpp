#include "protocol/action_cable/stream_channels.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto named = named_stream_of(text, {.public_streams = true});
  if (!named) {
    return 0;
  }
  const auto& stream = *named;
  if (!stream) {
    hold(is_utf8(stream.error().detail), "a detail can be shown");
    return 0;
  }
  hold(validate_json(text).has_value(), "an identifier is JSON");
  hold(!stream->stream.empty() && is_utf8(stream->stream), "a stream has a name");
  return 0;
}
