/// WebSocket framing: complete frames of a server, and the boundaries of a client's frames.
/// Source: RFC 6455 section 5; RFC 7692 section 6 for the compressed bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability {

/// Kinds of frames.
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Appends the header of one final, unmasked frame; `payload_bytes` of payload must follow. `compressed` sets RSV1,
/// only for clients that negotiated permessage-deflate.
void append_frame_header(std::string& out, opcode type, std::size_t payload_bytes, bool compressed = false);

/// Appends one text frame. REQUIRES that `payload` is UTF-8.
void append_text_frame(std::string& out, std::string_view payload);

/// A close frame. A `reason` over 123 bytes is cut between two characters.
/// REQUIRES a `code` that may be sent: not 1004, 1005, 1006 nor 1015.
std::string close_frame(std::uint16_t code, std::string_view reason);

/// Tracks the frames in a client's bytes, only to find their ends.
///
/// Validates nothing: accepts any bytes, in pieces of any size. 16 bytes, as each connection has one.
class frame_boundary_scanner {
public:
  /// Consumes the next bytes.
  void feed(std::string_view bytes) noexcept;

  /// True if the bytes so far form complete frames. True at the start.
  bool at_boundary() const noexcept { return where_ == part::start && payload_left_ == 0; }

  /// True if the bytes so far form complete messages: no fragment is to follow either.
  bool between_messages() const noexcept { return at_boundary() && !fragmented_; }

private:
  enum class part : std::uint8_t { start, second_byte, rest_of_header };

  void take_header_byte(std::uint8_t byte) noexcept;

  std::uint64_t payload_left_ = 0;  // bytes to skip; within a header, the known part of the length
  part where_ = part::start;
  std::uint8_t length_bytes_left_ = 0;
  std::uint8_t mask_bytes_left_ = 0;
  bool fragmented_ = false;
};

}  // namespace ability
