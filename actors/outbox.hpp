/// The way back from a connection actor to its client.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/encode_broadcast.hpp"

namespace ability {

/// Ready wire bytes, one or more whole frames, shared and immutable.
using frames_ptr = std::shared_ptr<const std::string>;

/// Why a connection was not let in.
enum class refusal : std::uint8_t {
  unauthorized,  ///< nothing approved it
  token_expired,
  unavailable,  ///< who decides could not be asked
};

/// One client's bounded queue of frames and the fate of its socket. `net/` implements it, tests fake it.
///
/// All functions are called on the lane that owns the socket, by the connection actor pinned to it, and none calls
/// back into the actor: news from the socket comes as messages. After `refuse` or `close` all calls do nothing.
class outbox {
public:
  virtual ~outbox() = default;

  /// Completes the handshake and tells how the client can take broadcasts. Called once, before any `push`.
  virtual encoding accept() = 0;

  /// Ends the handshake. Called instead of `accept`. `farewells` are text messages for a client that can see them; if
  /// there are none it is told `why`.
  virtual void refuse(refusal why, const std::vector<std::string>& farewells) = 0;

  /// Has the connection closed at `when`, as `token_expired`.
  virtual void expire_at(std::chrono::system_clock::time_point when) = 0;

  /// Queues `count` frames; they leave with all else that is waiting once the lane has drained. Over the byte limit
  /// the outbox closes the connection itself, as `too_slow`. False: not queued, the connection is closed or closing.
  virtual bool push(frames_ptr frames, std::uint64_t count) = 0;

  /// Queues one text message.
  virtual void push_text(std::string_view payload) = 0;

  /// Says that a command was handled, which lets the socket read another one.
  virtual void command_done() = 0;

  /// Sends `farewell` (a text message, none if empty), then closes with WebSocket status `code` and `reason`.
  virtual void close(std::string_view farewell, std::uint16_t code, std::string_view reason) = 0;

  /// Has what `push` will touch beside this object on its way to the cache.
  virtual void prefetch_parts() const noexcept {}
};

}  // namespace ability
