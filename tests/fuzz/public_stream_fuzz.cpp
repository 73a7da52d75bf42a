#include "protocol/action_cable.hpp"
#include "protocol/json_text.hpp"
#include "protocol/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto stream = public_stream_name(text);
  if (!stream) {
    hold(is_utf8(stream.error().detail), "a detail can be shown");
    return 0;
  }
  hold(validate_json(text).has_value(), "an identifier is JSON");
  hold(!stream->empty() && is_utf8(*stream), "a stream has a name");
  return 0;
}
