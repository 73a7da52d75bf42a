/// One connection that carries packets: over TCP, TLS, WebSocket or UDP, or as one client's share of a link to a
/// gateway.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/io/executor.hpp"
#include "protocol/fly/packet.hpp"

namespace ability::fly {

/// Carries whole packets both ways, in order (UDP may lose and reorder). All functions and events are called on the
/// executor's thread.
class transport {
public:
  /// Callbacks. None is called from within a function of the transport, except `on_packet` during `resume`.
  struct events {
    /// Receives a packet; its buffer is valid during the call. The callback may close the transport.
    std::function<void(const packet&)> on_packet;
    /// Reports the end of the connection; `why` is for logs, empty if the peer closed it properly. The last event,
    /// called once; not called after `close()`.
    std::function<void(const std::string& why)> on_closed;
  };

  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  virtual executor get_executor() const = 0;

  /// Begins to read. Called once. Destroys `on` when the connection has ended.
  virtual void start(events on) = 0;

  /// Queues the bytes of one or more whole packets. They are sent with everything queued in this turn of the event
  /// loop, in one system call where possible. Does nothing once it is closed.
  virtual void send(std::string_view packets) = 0;

  /// Bytes that are queued. The sender must bound them; UDP has no queue.
  virtual std::size_t queued() const = 0;

  /// Stops reading until `resume()`, so that the peer has to wait. UDP drops incoming packets meanwhile.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Closes after the queue was sent, at the latest after `close_timeout`. The peer is told `why` if the transport can
  /// carry it (WebSocket: the close frame). No event is called afterwards.
  virtual void close(std::string_view why = {}) = 0;

  /// Maximum bytes of a packet's buffer: 65,535, or less (UDP).
  virtual std::size_t max_buffer() const = 0;

  /// The peer's address, for logs: `127.0.0.1:5555`.
  virtual std::string peer() const = 0;
};

using transport_ptr = std::shared_ptr<transport>;

}  // namespace ability::fly
