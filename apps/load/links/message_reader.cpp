#include "apps/load/links/message_reader.hpp"

#include <algorithm>

namespace ability::load {

namespace {

// Constant mask: masks protect proxies from malicious payloads, and there are none here.
constexpr std::string_view mask = "\x21\x43\x65\x17";
constexpr std::uint8_t mask_bit = 0x80;

}  // namespace

void append_masked_frame(std::string& out, opcode type, std::string_view payload) {
  const auto begin = out.size();
  append_frame_header(out, type, payload.size());
  out[begin + 1] = static_cast<char>(static_cast<std::uint8_t>(out[begin + 1]) | mask_bit);
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
}

std::optional<message_reader::frame> message_reader::first_frame(std::string_view bytes) {
  if (bytes.size() < 2)
    return std::nullopt;
  const auto byte = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const auto type = static_cast<opcode>(byte(0) & 0x0f);
  const bool final = (byte(0) & 0x80) != 0;
  const auto code = byte(0) & 0x0f;
  const unsigned length = byte(1) & 0x7fu;
  if ((byte(0) & 0x70) != 0)
    wrong_ = "reserved bits are set";
  else if ((byte(1) & mask_bit) != 0)
    wrong_ = "a masked frame";
  else if ((code > 2 && code < 8) || code > 10)
    wrong_ = "an unknown kind of frame";
  else if (code >= 8 && (!final || length > 125))
    wrong_ = "a control frame that is too long";
  if (!wrong_.empty())
    return std::nullopt;
  const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
  if (bytes.size() < 2 + extended)
    return std::nullopt;
  std::uint64_t payload = extended == 0 ? length : 0;
  for (std::size_t i = 0; i < extended; ++i)
    payload = payload << 8 | byte(2 + i);
  if (payload > max_message) {
    wrong_ = "a message over 4 MiB";
    return std::nullopt;
  }
  return frame{type, final, 2 + extended, static_cast<std::size_t>(payload)};
}

void message_reader::complete(std::string_view& bytes) {
  std::size_t needed = partial_.size() + 1;  // a header has at most ten bytes; they are added one by one
  if (const auto known = first_frame(partial_))
    needed = known->size();
  const auto size = std::min(needed - partial_.size(), bytes.size());
  partial_ += bytes.substr(0, size);
  bytes.remove_prefix(size);
}

bool message_reader::add_fragment(const frame& what, std::string_view payload) {
  if ((what.type == opcode::continuation) == (type_ == opcode::continuation))
    wrong_ = "fragments out of order";
  else if (message_.size() + payload.size() > max_message)
    wrong_ = "a message over 4 MiB";
  if (!wrong_.empty())
    return false;
  if (what.type != opcode::continuation)
    type_ = what.type;
  message_ += payload;
  return what.final;
}

}  // namespace ability::load
