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

/// Implemented by transports, used by the client's protocol above them, on the lane. Nothing happens any more after
/// `end`.
class client_transport {
public:
  /// The shape of a message on the wire.
  enum class framing : std::uint8_t {
    none,                ///< bytes as they are
    websocket,           ///< a WebSocket frame
    websocket_deflated,  ///< the same; a frame may be compressed without context takeover
  };

  /// The kinds of messages, where the framing tells them apart.
  enum class content : std::uint8_t { text, binary };

  explicit client_transport(edge& where) noexcept : edge_{where} {}
  client_transport(const client_transport&) = delete;
  client_transport& operator=(const client_transport&) = delete;

  /// The client's lane and its settings.
  edge& where() const noexcept { return edge_; }

  /// The transport under FlyRPC or Action Cable, for monitors: one of the words of `connection_facts`.
  virtual std::string_view name() const noexcept = 0;

  /// The traffic so far. It may take a system call.
  virtual client_traffic traffic() const = 0;

  /// The client's IP address, or the one that a trusted proxy has told; for the log.
  virtual std::string peer_address() const = 0;

  /// Everything known of the client before its first message. Called once.
  virtual client_handshake describe() = 0;

  /// The framing of what `write` gets. Known after `open`.
  virtual framing frames() const noexcept { return framing::none; }

  /// The largest message that it sends, in bytes.
  virtual std::size_t max_message() const noexcept { return std::numeric_limits<std::size_t>::max(); }

  /// Messages may be lost, so that a client may have to repeat itself.
  virtual bool loses_messages() const noexcept { return false; }

  /// Completes the transport's own handshake. False: it failed, and the connection has ended. Before it nothing can be
  /// sent. Nothing is read before `read_on`.
  virtual bool open() { return true; }

  /// Refuses the client in the transport's own words and ends. False: the transport has none, or is not to use them.
  virtual bool refuse(refusal) { return false; }

  /// Queues one message.
  virtual bool send(std::string_view message, content kind) = 0;

  /// Queues ready frames. False: the connection is closed or closing, maybe by this, as too slow.
  virtual bool write(frames_ptr frames) = 0;

  /// Bytes that wait to be sent.
  virtual std::size_t queued() const noexcept = 0;

  /// Discards the bytes that wait to be sent, but for a piece that has partly left.
  virtual void drop_unsent() {}

  /// Closes once the queue has left. `code` and `reason` are those of a WebSocket close frame. `farewell`, if it is not
  /// empty, is the last text message, for which there is room in a full queue, too.
  virtual void end(std::uint16_t code, std::string_view reason, std::string_view farewell) = 0;

  /// Reads more messages. Called first when the client may be heard, then after `client_protocol::wants_more` was
  /// false.
  virtual void read_on() = 0;

  /// Frees memory kept for a client that is expected to speak at once.
  virtual void rest() {}

  /// Prefetches the memory that `write` will touch.
  virtual void prefetch_parts() const noexcept = 0;

protected:
  ~client_transport() = default;

  edge& edge_;
};

}  // namespace ability
