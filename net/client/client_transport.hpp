/// What carries the packets of one FlyRPC client: TCP, WebSocket or UDP.
#pragma once

#include <cstdint>
#include <string_view>

#include "actors/connection/client_session.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

/// Implemented by sessions, used by `fly_client`, on the lane. After `end` nothing happens any more.
class fly_wire {
public:
  /// How broadcasts are to be encoded for it.
  virtual encoding takes() const noexcept = 0;

  /// What `outbox::transport` says.
  virtual std::string_view transport() const noexcept = 0;

  /// As `outbox::traffic`.
  virtual client_traffic traffic() const = 0;

  /// The largest buffer of a packet that it takes, in bytes.
  virtual std::size_t max_payload() const noexcept { return fly::max_buffer; }

  /// Whether packets may be lost on it, so that a client may have to say its Helo again.
  virtual bool loses_packets() const noexcept { return false; }

  /// Queues `count` frames in that encoding. False: it is closed, or was closed by this as too slow.
  virtual bool write(frames_ptr frames, std::uint64_t count) = 0;

  /// Closes once what is queued has left. `code` and `reason` are WebSocket's.
  virtual void end(std::uint16_t code, std::string_view reason) = 0;

  /// The client may be read again; called after `fly_client::wants_more()` was false.
  virtual void read_on() = 0;

  /// What is known of the client beside what its Helo says. Called once.
  virtual client_handshake describe() = 0;

  /// Has what `write` will touch on its way to the cache.
  virtual void prefetch_parts() const noexcept = 0;

protected:
  ~fly_wire() = default;
};

}  // namespace ability
