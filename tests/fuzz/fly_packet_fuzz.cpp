#include "protocol/fly/compression.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/mux.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/remote_error.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;
using namespace ability::fly;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  packet_reader reader;
  std::string again;
  reader.feed(bytes, [&](const packet& found) {
    append_packet(again, found);
    return true;
  });
  hold(bytes.starts_with(again), "packets are what they were read from");
  auto rest = bytes;
  while (const auto frame = first_frame(rest)) {
    hold(frame->size <= rest.size(), "a frame is within its bytes");
    std::size_t targets = 0;
    for ([[maybe_unused]] const auto id : frame->targets)
      ++targets;
    hold(targets == frame->targets.size() && targets <= max_targets, "targets are counted");
    rest.remove_prefix(frame->size);
  }
  hold(is_utf8(decode_error(bytes).text), "an error can be shown");
  if (const auto helo = decode_helo_request(bytes); !helo)
    hold(is_utf8(helo.error().detail), "a detail can be shown");
  if (const auto plain = decompress(bytes))
    hold(plain->size() <= max_buffer, "what was inflated fits");
  return 0;
}
