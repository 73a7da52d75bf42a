// WebSocket frames, as far as a load generator needs them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability::load {

/// The handshake key that all clients of the bench send, and the reply that it requires.
inline constexpr std::string_view handshake_key = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view handshake_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Type of a frame's payload.
enum class frame_kind : std::uint8_t { text = 1, binary = 2 };

/// A final, unmasked frame, as a server sends it.
std::string server_frame(std::string_view payload);
/// A final, masked frame, as a client sends it.
std::string client_frame(std::string_view payload, frame_kind kind);

/// Parses the bytes that one server sends, cut into pieces at any place.
class frame_reader {
public:
  /// Passes each piece of a text or binary payload in `bytes` to `on_payload(std::string_view)`.
  template <class OnPayload>
  void read(std::string_view bytes, OnPayload&& on_payload) {
    while (!bytes.empty()) {
      if (left_ == 0 && !take_header(bytes))
        return;
      const auto piece = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
      if (opcode_ < 8 && !piece.empty())
        on_payload(piece);
      left_ -= piece.size();
      bytes.remove_prefix(piece.size());
      messages_ += left_ == 0 && opcode_ < 8 ? 1 : 0;
    }
  }

  /// True once a close frame was received.
  bool closed() const { return closed_; }
  /// Number of text and binary frames that have ended.
  std::uint64_t messages() const { return messages_; }

private:
  bool take_header(std::string_view& bytes);

  std::uint64_t left_ = 0;
  std::uint64_t messages_ = 0;
  std::array<std::uint8_t, 10> header_{};
  std::uint8_t header_size_ = 0;
  std::uint8_t opcode_ = 0;
  bool closed_ = false;
};

}  // namespace ability::load
