/// One connection that carries packets, whatever it is made of: TCP, TLS, WebSocket, UDP, or a client's share of a link
/// to a gateway.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/io/executor.hpp"
#include "protocol/fly/packet.hpp"

namespace ability::fly {

/// Carries whole packets both ways, in order (but for UDP, which may lose and reorder). All functions are called on the
/// executor's thread, and so is all that it calls.
class transport {
public:
  /// What it calls. None is called from within a function of the transport, but for `on_packet` during `resume`.
  struct events {
    /// A packet came; its buffer is valid during the call. The transport may be closed meanwhile.
    std::function<void(const packet&)> on_packet;
    /// The connection is gone; `why` is for logs, empty if the peer ended it in good order. The last call, once; not
    /// made after `close()`.
    std::function<void(const std::string& why)> on_closed;
  };

  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  virtual executor get_executor() const = 0;

  /// Begins to read. Called once. What `on` holds is destroyed when the connection has ended.
  virtual void start(events on) = 0;

  /// Queues the bytes of one or more whole packets. They leave with all else that is queued in this turn of the event
  /// loop, in one system call where that can be. Nothing happens once it is closed.
  virtual void send(std::string_view packets) = 0;

  /// Bytes that are queued. Whoever sends bounds them; UDP has none.
  virtual std::size_t queued() const = 0;

  /// Reads no more until `resume()`: the peer then has to wait. UDP drops what comes.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Closes once what is queued has left, but after `close_timeout` in any case; the peer is told `why` where the
  /// transport can (WebSocket: the close frame). No event comes after this.
  virtual void close(std::string_view why = {}) = 0;

  /// The largest buffer of a packet: 65,535, or less (UDP).
  virtual std::size_t max_buffer() const = 0;

  /// The peer's address, for logs: `127.0.0.1:5555`.
  virtual std::string peer() const = 0;
};

using transport_ptr = std::shared_ptr<transport>;

}  // namespace ability::fly
