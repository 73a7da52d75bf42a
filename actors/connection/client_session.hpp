/// The client as its connection actor sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/client/reply.hpp"
#include "protocol/client/wire_format.hpp"

namespace ability {

/// Ready wire bytes, one or more whole frames, shared and immutable.
using frames_ptr = std::shared_ptr<const std::string>;

/// Why a connection was not let in.
enum class refusal : std::uint8_t {
  unauthorized,  ///< nothing approved it
  token_expired,
  unavailable,  ///< who decides could not be asked
};

/// The traffic of a client's connection, for monitors.
struct client_traffic {
  std::string peer = {};                        ///< the connection's origin: `127.0.0.1:5555`; empty: not known
  std::optional<std::uint64_t> bytes_in = {};   ///< none: not counted
  std::optional<std::uint64_t> bytes_out = {};  ///< the same
  std::uint64_t bytes_pending = 0;              ///< queued for the client
};

/// A client's connection, for monitors.
struct client_facts {
  std::string_view transport;  ///< one of the words of `connection_facts`
  client_traffic traffic = {};
};

/// All that a connection actor sees of its client: its protocol, its bounded queue of frames and its socket. `net/`
/// implements it, tests fake it.
///
/// All functions are called on the lane that owns the socket, by the connection actor pinned to it, and none calls
/// back into the actor: the client's news are messages. After `refuse` and `close` all calls do nothing.
class client_session {
public:
  using time_point = std::chrono::system_clock::time_point;

  virtual ~client_session() = default;

  /// Completes the handshake of a client that is known as `identity` from now on; returns the format of its broadcasts.
  /// At `expires` the session closes itself, as `token_expired`; `time_point::max()`: never. Called once, before
  /// `push`.
  virtual const wire_format& accept(std::string_view identity, time_point expires) = 0;

  /// Ends the handshake. Called instead of `accept`. `farewells` are text messages for a client that can see them; if
  /// there are none it is told `why`.
  virtual void refuse(refusal why, const std::vector<std::string>& farewells) = 0;

  /// Queues `count` frames; they leave with all else that is waiting once the lane has drained. Over the limit of
  /// queued bytes the session closes itself, as `too_slow`. False: not queued, the session is closed or closing.
  virtual bool push(frames_ptr frames, std::uint64_t count) = 0;

  /// Puts `what` into the words of the client's protocol, where it has any.
  virtual void tell(const client_reply& what) = 0;

  /// A command was handled, so that another one may be read.
  virtual void command_done() = 0;

  /// Tells the client why the connection ends, then closes it.
  virtual void close(const close_reason& why) = 0;

  /// For monitors only: it may take a system call.
  virtual client_facts describe() const = 0;

  /// Prefetches the memory beside this object that `push` will touch.
  virtual void prefetch_parts() const noexcept = 0;
};

}  // namespace ability
