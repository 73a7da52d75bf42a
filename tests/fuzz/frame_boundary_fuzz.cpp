#include "protocol/websocket/frame.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

struct answer {
  bool at_boundary;
  bool between_messages;
};

/// Answers the same questions from all bytes at once.
answer look_at(std::string_view bytes) {
  bool fragmented = false;
  const auto at = [&bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  while (!bytes.empty()) {
    if (bytes.size() < 2) {
      return {false, false};
    }
    const std::size_t short_length = at(1) & 0x7F;
    const std::size_t length_bytes = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
    const std::size_t head = 2 + length_bytes + ((at(1) & 0x80) != 0 ? 4 : 0);
    if (bytes.size() < head) {
      return {false, false};
    }
    std::uint64_t length = length_bytes == 0 ? short_length : 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
      length = length << 8 | at(2 + i);
    }
    if (bytes.size() - head < length) {
      return {false, false};
    }
    const bool is_control = (at(0) & 0x08) != 0;
    fragmented = is_control ? fragmented : (at(0) & 0x80) == 0;
    bytes.remove_prefix(head + length);
  }
  return {true, !fragmented};
}

}  // namespace

/// The first byte selects how the rest is split.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = as_text(data, size);
  if (text.empty()) {
    return 0;
  }
  const std::size_t step = 1 + data[0] % 16;
  text.remove_prefix(1);
  frame_boundary_scanner scanner;
  for (std::size_t fed = 0; fed < text.size(); fed += step) {
    scanner.feed(text.substr(fed, step));
    const auto expected = look_at(text.substr(0, fed + step));
    hold(scanner.at_boundary() == expected.at_boundary, "a boundary is where frames are whole");
    hold(scanner.between_messages() == expected.between_messages, "no fragment is to follow between messages");
  }
  return 0;
}
