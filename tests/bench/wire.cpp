#include "tests/bench/wire.hpp"

namespace ability::load {

namespace {

std::string header(std::size_t size, frame_kind kind, std::uint8_t mask_bit) {
  std::string out;
  out += static_cast<char>(0x80 | static_cast<std::uint8_t>(kind));
  if (size < 126) {
    out += static_cast<char>(mask_bit | size);
  } else {
    const auto bytes = size < 65'536 ? 2 : 8;
    out += static_cast<char>(mask_bit | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i)
      out += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * i));
  }
  return out;
}

}  // namespace

std::string server_frame(std::string_view payload) {
  return header(payload.size(), frame_kind::text, 0).append(payload);
}

std::string client_frame(std::string_view payload, frame_kind kind) {
  constexpr std::string_view mask = "\x21\x43\x65\x17";
  auto out = header(payload.size(), kind, 0x80).append(mask);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

bool frame_reader::take_header(std::string_view& bytes) {
  for (;;) {
    if (header_size_ >= 2) {
      const auto length = header_[1] & 0x7f;
      const std::uint8_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
      if (header_size_ == 2 + extended) {
        left_ = extended == 0 ? static_cast<std::uint64_t>(length) : 0;
        for (int i = 0; i < extended; ++i)
          left_ = left_ << 8 | header_[2 + i];
        opcode_ = header_[0] & 0x0f;
        closed_ = closed_ || header_[0] == 0x88;
        header_size_ = 0;
        return true;
      }
    }
    if (bytes.empty())
      return false;
    header_[header_size_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
  }
}

}  // namespace ability::load
