/// The connection below one client's protocol: WebSocket, TCP or UDP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "actors/connection/client_session.hpp"
#include "net/lane/lane_context.hpp"
#include "protocol/app_rpc/app_rpc.hpp"

namespace ability {

/// Implemented by transports and used by the client's protocol above them, on the lane. After `end` no
/// message is read or queued.
class client_transport {
public:
  /// The framing of a message on the wire.
  enum class framing : std::uint8_t {
    none,                ///< bytes as they are
    websocket,           ///< a WebSocket frame
    websocket_deflated,  ///< WebSocket; a frame may be compressed without context takeover
  };

  /// The kinds of messages, where the framing distinguishes them.
  enum class content : std::uint8_t { text, binary };

  explicit client_transport(lane_context& where) noexcept : context_{where} {}
  client_transport(const client_transport&) = delete;
  client_transport& operator=(const client_transport&) = delete;

  /// The client's lane and its settings.
  lane_context& where() const noexcept { return context_; }

  /// The transport under FlyRPC or Action Cable, for monitoring programs: one of the words of `connection_facts`.
  virtual std::string_view name() const noexcept = 0;

  /// The traffic so far. May take a system call.
  virtual client_traffic traffic() const = 0;

  /// The client's IP address, or the one that a trusted proxy has reported; for the log.
  virtual std::string peer_address() const = 0;

  /// Everything known of the client before its first message. Call once.
  virtual client_handshake describe() = 0;

  /// The framing that `write` expects. Known after `open`.
  virtual framing frames() const noexcept { return framing::none; }

  /// The largest message that can be sent, in bytes.
  virtual std::size_t max_message() const noexcept { return std::numeric_limits<std::size_t>::max(); }

  /// True if messages may be lost, so that a client may have to repeat its own.
  virtual bool loses_messages() const noexcept { return false; }

  /// Completes the transport's own handshake; before it nothing can be sent. Returns false if the handshake failed and
  /// the connection has ended. Reading starts at `read_on`.
  virtual bool open() { return true; }

  /// Refuses the client by the transport's own means and ends. Returns false if it has none, or must not use them.
  virtual bool refuse(refusal) { return false; }

  /// Queues one message.
  virtual bool send(std::string_view message, content kind) = 0;

  /// Queues ready frames. Returns false if the connection is closed or closing, perhaps by this call, as too slow.
  virtual bool write(frames_ptr frames) = 0;

  /// Bytes queued and not yet sent.
  virtual std::size_t queued() const noexcept = 0;

  /// Discards the queued bytes, except the rest of a piece that was partly sent.
  virtual void drop_unsent() {}

  /// Closes once the queue is sent, with the WebSocket close frame's `code` and `reason`. A `farewell` that is not
  /// empty is the last text message; it is queued even if the queue is full.
  virtual void end(std::uint16_t code, std::string_view reason, std::string_view farewell) = 0;

  /// Reads more messages. Call when the client may first be read, then again after `wants_more` of the session was
  /// false.
  virtual void read_on() = 0;

  /// Frees memory that was kept for a client expected to speak soon.
  virtual void rest() {}

  /// Prefetches the memory that `write` will touch.
  virtual void prefetch_parts() const noexcept = 0;

protected:
  ~client_transport() = default;

  lane_context& context_;
};

}  // namespace ability
