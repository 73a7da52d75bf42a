/// The way back from a connection actor to its client.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/action_cable/messages.hpp"
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

/// How much has gone over a client's connection, for who watches.
struct client_traffic {
  std::string peer = {};                        ///< where the connection comes from: `127.0.0.1:5555`; empty: not known
  std::optional<std::uint64_t> bytes_in = {};   ///< none: nobody counts them
  std::optional<std::uint64_t> bytes_out = {};  ///< the same
  std::uint64_t bytes_pending = 0;              ///< on their way to the client
};

/// One client's bounded queue of frames and the fate of its socket. `net/` implements it, tests fake it.
///
/// All functions are called on the lane that owns the socket, by the connection actor pinned to it, and none calls
/// back into the actor: news from the socket comes as messages. After `refuse` and after the three that close all calls
/// do nothing.
class outbox {
public:
  virtual ~outbox() = default;

  /// Completes the handshake of a client that is known as `identity` from now on, and tells how it can take broadcasts.
  /// Called once, before any `push`.
  virtual encoding accept(std::string_view identity) = 0;

  /// Ends the handshake. Called instead of `accept`. `farewells` are text messages for a client that can see them; if
  /// there are none it is told `why`.
  virtual void refuse(refusal why, const std::vector<std::string>& farewells) = 0;

  /// Has the connection closed at `when`, as `token_expired`.
  virtual void expire_at(std::chrono::system_clock::time_point when) = 0;

  /// Queues `count` frames; they leave with all else that is waiting once the lane has drained. Over the byte limit
  /// the outbox closes the connection itself, as `too_slow`. False: not queued, the connection is closed or closing.
  virtual bool push(frames_ptr frames, std::uint64_t count) = 0;

  /// Tells the client that it was let in without the application's doing, and what its session is called.
  virtual void welcome(std::string_view sid) = 0;

  /// Passes on what the application wants this client to get.
  virtual void transmit(std::string_view text) = 0;

  /// Tells the client that its subscription is there.
  virtual void confirm(const std::string& identifier) = 0;

  /// Tells the client that there is no such subscription.
  virtual void reject(const std::string& identifier, std::string_view why) = 0;

  /// The application has decided on a subscription, and transmitted what it had to say on it. Tells the client if that
  /// was not enough for it.
  virtual void settle(const std::string& identifier, bool subscribed) = 0;

  /// Tells the client that what it said to a channel was dropped, where its protocol has a word for that.
  virtual void drop(const client_command& said, std::string_view why) = 0;

  /// Tells the client that a command came too soon after others and was dropped.
  virtual void slow_down(const client_command& said) = 0;

  /// Answers the client's `ping`.
  virtual void pong() = 0;

  /// Says that a command was handled, which lets the socket read another one.
  virtual void command_done() = 0;

  /// Tells the client why it has to leave and whether it may come back, then closes.
  virtual void disconnect(std::string_view reason, bool reconnect) = 0;

  /// Closes in good order: the application has said what there was to say.
  virtual void finish() = 0;

  /// Closes, as nobody answers the client any more.
  virtual void abandon() = 0;

  /// What carries it, for who watches: one of the words of `connection_facts`.
  virtual std::string_view transport() const noexcept = 0;

  /// Asked only by who watches: it may take a system call.
  virtual client_traffic traffic() const { return {}; }

  /// Has what `push` will touch beside this object on its way to the cache.
  virtual void prefetch_parts() const noexcept {}
};

}  // namespace ability
