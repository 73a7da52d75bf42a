#include <algorithm>
#include <boost/endian/conversion.hpp>

#include "protocol/basp/basp_filter.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/protocol/basp/basp_recording.hpp"

using namespace ability;
using namespace ability::recording;

namespace {

using side = basp_filter::side;

constexpr std::size_t max_payload = 1'000;

// One end of the recording, and the output of its filter.
struct place {
  place(side which, bool greeted) : filter{which, as_id(stand_in('x')), max_payload} {
    for (const std::uint64_t actor : {6, 8, 9})
      filter.admit(actor);
    if (!greeted)
      return;
    const auto us = which == side::accepted ? end::server : end::program;
    for (const auto& each : messages) {
      // The handshakes, then our own questions.
      const bool is_handshake = each.hex[1] == '0' || each.hex[1] == '1';
      std::string ignored;
      if (each.from == us)
        hold(filter
                 .take_outbound(
                     replaced(bytes_of(each.hex), which == side::accepted ? program_id : server_id, stand_in('x')),
                     ignored)
                 .has_value(),
             "what CAF wrote may leave");
      else if (is_handshake)
        hold(filter.take_inbound(bytes_of(each.hex), ignored).has_value(), "handshakes pass");
    }
    hold(filter.established(), "handshakes establish");
  }

  bool take(bool inbound, std::string_view bytes, std::size_t step) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      const auto piece = bytes.substr(0, step);
      if (!(inbound ? filter.take_inbound(piece, out) : filter.take_outbound(piece, out)))
        return false;
    }
    return true;
  }

  basp_filter filter;
  std::string out;
};

// Checks that CAF receives only bytes that the filter permits.
void check_arrived(std::string_view bytes) {
  while (bytes.size() >= basp_header_size) {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto operation = at[0];
    const std::size_t size = boost::endian::load_big_u32(at + 4);
    const auto payload = bytes.substr(basp_header_size, size);
    hold(operation <= 6 && operation != 3, "nothing is routed");
    hold(at[1] == 0 && at[2] == 0 && (at[3] == 0 || (operation == 1 && at[3] == 2)), "flags are known");
    hold(size <= std::max(max_payload, max_basp_handshake), "sizes are bounded");
    if (operation == 2) {
      const auto dest = boost::endian::load_big_u64(at + 24);
      hold(dest == 6 || dest == 8 || dest == 9, "messages are for admitted actors");
      hold((at[8] & 0x20) == 0, "messages are of no stream");
      auto types = payload.substr(4, static_cast<unsigned char>(payload[3]));
      hold(types.starts_with("@<>"), "a message has types");
      types.remove_prefix(3);
      while (types.starts_with("+@str"))
        types.remove_prefix(5);
      hold(types.empty() || types == "+@unit" || (types == "+@error" && (at[8] & 0x80) != 0), "messages are texts");
    } else if (operation != 6) {
      hold(payload.substr(0, 32) == std::string_view{stand_in('x')}.substr(0, payload.size()),
           "the peer is its stand-in");
    }
    bytes.remove_prefix(std::min(bytes.size(), basp_header_size + size));
  }
}

}  // namespace

/// The first byte selects the end, whether the handshakes have passed, the direction of the rest, and the size of its
/// pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  if (bytes.empty())
    return 0;
  const auto how = data[0];
  const auto which = (how & 1) != 0 ? side::dialled : side::accepted;
  const bool greeted = (how & 2) != 0;
  const bool inbound = (how & 4) == 0;
  place whole{which, greeted};
  place pieces{which, greeted};
  const bool taken = whole.take(inbound, bytes.substr(1), bytes.size());
  hold(taken == pieces.take(inbound, bytes.substr(1), 1 + (how >> 3)), "pieces are taken like the whole");
  hold(whole.out == pieces.out, "pieces pass like the whole");
  hold(whole.filter.dropped() == pieces.filter.dropped(), "pieces are dropped like the whole");
  hold(whole.filter.messages_in() == pieces.filter.messages_in(), "pieces are counted like the whole");
  if (inbound)
    check_arrived(whole.out);
  return 0;
}
