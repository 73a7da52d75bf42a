/// The client session: the client as its connection actor sees it.
#pragma once

#include <chrono>
#include <cstddef>
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

/// Reason why a connection was not admitted.
enum class refusal : std::uint8_t {
  unauthorized,  ///< no rule or token allows the client
  token_expired,
  unavailable,  ///< the application could not be asked
};

/// Traffic of a client's connection, for monitoring programs.
struct client_traffic {
  std::string peer = {};                        ///< remote address, such as `127.0.0.1:5555`; empty: not known
  std::optional<std::uint64_t> bytes_in = {};   ///< none: not counted
  std::optional<std::uint64_t> bytes_out = {};  ///< none: not counted
  std::uint64_t bytes_pending = 0;              ///< bytes queued for the client
};

/// Description of a client's connection, for monitoring programs.
struct client_facts {
  std::string_view transport;  ///< one of the values of `connection_facts::transport`
  client_traffic traffic = {};
};

/// The interface of a client for its connection actor: its protocol, its bounded queue of frames and its socket. `net/`
/// implements it, tests fake it.
///
/// All functions are called by the connection actor on the lane that owns the socket. None calls back into the actor:
/// events of the client are messages. After `refuse` and `close` all calls do nothing.
class client_session {
public:
  using time_point = std::chrono::system_clock::time_point;

  virtual ~client_session() = default;

  /// Completes the handshake of a client with this `identity`; returns the wire format of its broadcasts. At `expires`
  /// the session closes itself with `token_expired`; `time_point::max()`: never. `restores`: the client has an earlier
  /// session back, which `reply::welcome` describes. Called once, before `push`.
  virtual const wire_format& accept(std::string_view identity, time_point expires, bool restores) = 0;

  /// Ends the handshake; called instead of `accept`. `farewells` are text messages for a client that can receive them;
  /// without any, the client is told `why`.
  virtual void refuse(refusal why, const std::vector<std::string>& farewells) = 0;

  /// Queues `count` frames, which are sent with all other queued data after the lane's drain. Above the limit of queued
  /// bytes the session closes itself with `too_slow`. False: not queued, the session is closed or closing.
  virtual bool push(frames_ptr frames, std::uint64_t count) = 0;

  /// Encodes a reply in the client's protocol and sends it; does nothing if the protocol has no such message.
  virtual void tell(const client_reply& what) = 0;

  /// A command was handled; the session may read another one.
  virtual void command_done() = 0;

  /// Tells the client why the connection ends, then closes it.
  virtual void close(const close_reason& why) = 0;

  /// Bytes queued and not yet sent, which `push` compares with its limit.
  virtual std::size_t queued() const noexcept = 0;

  /// For monitoring programs only: it may make a system call.
  virtual client_facts describe() const = 0;

  /// Prefetches memory outside this object that `push` will touch.
  virtual void prefetch_parts() const noexcept = 0;
};

}  // namespace ability
