#include "protocol/websocket/frame.hpp"

#include <algorithm>

#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t compressed_bit = 0x40;
constexpr std::uint8_t control_bit = 0x08;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7F;
constexpr std::uint8_t length_in_2_bytes = 126;
constexpr std::uint8_t length_in_8_bytes = 127;
constexpr std::size_t max_control_payload = 125;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xFF);
  }
}

}  // namespace

void append_frame_header(std::string& out, opcode type, std::size_t payload_bytes, bool compressed) {
  out += static_cast<char>(final_bit | (compressed ? compressed_bit : 0) | static_cast<std::uint8_t>(type));
  if (payload_bytes < length_in_2_bytes) {
    out += static_cast<char>(payload_bytes);
  } else if (payload_bytes <= 0xFFFF) {
    out += static_cast<char>(length_in_2_bytes);
    append_big_endian(out, payload_bytes, 2);
  } else {
    out += static_cast<char>(length_in_8_bytes);
    append_big_endian(out, payload_bytes, 8);
  }
}

void append_text_frame(std::string& out, std::string_view payload) {
  append_frame_header(out, opcode::text, payload.size());
  out += payload;
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
  const auto fitting = utf8_prefix(reason, max_control_payload - 2);
  std::string out;
  append_frame_header(out, opcode::close, 2 + fitting.size());
  append_big_endian(out, code, 2);
  out += fitting;
  return out;
}

void frame_boundary_scanner::feed(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    if (where_ == part::start && payload_left_ > 0) {
      const auto skipped = std::min<std::uint64_t>(payload_left_, bytes.size());
      payload_left_ -= skipped;
      bytes.remove_prefix(skipped);
    } else {
      take_header_byte(static_cast<std::uint8_t>(bytes.front()));
      bytes.remove_prefix(1);
    }
  }
}

void frame_boundary_scanner::take_header_byte(std::uint8_t byte) noexcept {
  if (where_ == part::start) {
    if ((byte & control_bit) == 0) {
      fragmented_ = (byte & final_bit) == 0;
    }
    where_ = part::second_byte;
    return;
  }
  if (where_ == part::second_byte) {
    const auto length = byte & length_bits;
    length_bytes_left_ = length == length_in_8_bytes ? 8 : length == length_in_2_bytes ? 2 : 0;
    mask_bytes_left_ = (byte & mask_bit) != 0 ? 4 : 0;
    payload_left_ = length_bytes_left_ > 0 ? 0 : length;
    where_ = part::rest_of_header;
  } else if (length_bytes_left_ > 0) {
    payload_left_ = payload_left_ << 8 | byte;
    --length_bytes_left_;
  } else {
    --mask_bytes_left_;
  }
  if (length_bytes_left_ == 0 && mask_bytes_left_ == 0) {
    where_ = part::start;
  }
}

}  // namespace ability
