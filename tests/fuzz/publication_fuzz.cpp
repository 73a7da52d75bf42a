#include "protocol/publication/publication.hpp"

#include "protocol/action_cable/messages.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/publication/publication_id.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

void check(const broadcast& message) {
  hold(!message.stream.empty(), "a stream has a name");
  hold(is_utf8(message.stream) && is_utf8(message.data), "strings are UTF-8");
  hold(message.id.empty() || is_publication_id(message.id), "an id has its form");
  std::string frame;
  append_broadcast(frame, "identifier", message.data, message.data_is_json, message.broadcast_type);
  // `data` alone may have the greatest depth, so one level more is allowed here.
  hold(message.data_is_json || validate_json(frame).has_value(), "what a client gets is JSON");
  hold(message.data_is_json == validate_json(message.data).has_value(), "data_is_json tells the truth");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto decoded = decode_publication(text);
  if (!decoded) {
    hold(is_utf8(decoded.error().detail), "a detail can be shown");
    hold(decoded.error().detail.size() < 512, "a detail is short");
    return 0;
  }
  hold(validate_json(text).has_value(), "a publication is JSON");
  if (const auto* all = std::get_if<std::vector<broadcast>>(&*decoded)) {
    hold(!all->empty() && all->size() <= max_batch, "a batch has its bounds");
    for (const auto& message : *all) {
      check(message);
    }
  } else {
    hold(!std::get<remote_disconnect>(*decoded).identifier.empty(), "a disconnect says whom");
  }
  return 0;
}
