/// The client side of WebSocket: parses a server's messages and writes frames.
/// Source: RFC 6455 section 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/websocket/frame.hpp"

namespace ability::load {

/// Appends a final frame, masked as required of clients.
void append_masked_frame(std::string& out, opcode type, std::string_view payload);

/// Assembles messages from a server's bytes, split anywhere. Messages that arrive whole are not copied.
class message_reader {
public:
  /// The largest accepted message, in bytes.
  static constexpr std::size_t max_message = std::size_t{4} << 20;

  /// Calls `on_message(opcode, std::string_view payload)` for each complete message and control frame, until it
  /// returns false. Fragments are assembled first. The view is valid during the call.
  ///
  /// Returns the fault in a few words, or an empty text. After a fault no more bytes may be passed.
  template <class F>
  std::string_view feed(std::string_view bytes, F&& on_message);

private:
  struct frame {
    opcode type;
    bool final;
    std::size_t header;
    std::size_t payload;
    std::size_t size() const { return header + payload; }
  };

  // Empty: more bytes are needed, or `wrong_` is set.
  std::optional<frame> first_frame(std::string_view bytes);
  // Moves the bytes that the frame in `partial_` still needs from the front of `bytes`.
  void complete(std::string_view& bytes);
  // Adds a fragment. True if it was the last.
  bool add_fragment(const frame& what, std::string_view payload);
  template <class F>
  bool take(const frame& what, std::string_view payload, F&& on_message);

  std::string partial_;                 // an incomplete frame
  std::string message_;                 // the fragments so far
  opcode type_ = opcode::continuation;  // type of `message_`; `continuation` without a message
  std::string_view wrong_;
};

template <class F>
bool message_reader::take(const frame& what, std::string_view payload, F&& on_message) {
  const bool whole = static_cast<std::uint8_t>(what.type) >= 8 ||
                     (what.final && type_ == opcode::continuation && what.type != opcode::continuation);
  if (whole)
    return on_message(what.type, payload);
  if (!add_fragment(what, payload))
    return wrong_.empty();
  const std::string message = std::move(message_);
  message_ = {};
  const auto type = type_;
  type_ = opcode::continuation;
  return on_message(type, std::string_view{message});
}

template <class F>
std::string_view message_reader::feed(std::string_view bytes, F&& on_message) {
  while (!partial_.empty() && !bytes.empty()) {
    complete(bytes);
    const auto found = first_frame(partial_);
    if (!found && !wrong_.empty())
      return wrong_;
    if (!found || partial_.size() < found->size())
      continue;
    const std::string whole = std::move(partial_);
    partial_ = {};
    if (!take(*found, std::string_view{whole}.substr(found->header), on_message))
      return wrong_;
  }
  while (!bytes.empty()) {
    const auto found = first_frame(bytes);
    if (!found && !wrong_.empty())
      return wrong_;
    if (!found || bytes.size() < found->size())
      break;
    const auto payload = bytes.substr(found->header, found->payload);
    bytes.remove_prefix(found->size());
    if (!take(*found, payload, on_message))
      return wrong_;
  }
  partial_ += bytes;
  return {};
}

}  // namespace ability::load
