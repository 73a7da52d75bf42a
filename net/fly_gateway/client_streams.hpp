/// The MQ packets of one FlyRPC client: its subscriptions to streams, and their messages.
/// Source: docs/protocols/flyrpc.md "MQ: streams".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "net/fly_gateway/alias_table.hpp"
#include "protocol/client/command.hpp"
#include "protocol/client/reply.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

/// Terms of a client's connection.
struct stream_terms {
  bool positions = false;                    ///< messages have positions ahead
  bool loses_messages = false;               ///< the transport does, so the client may ask for them again
  std::size_t max_buffer = fly::max_buffer;  ///< of a packet to the client, in bytes
};

/// The session of the client.
class stream_host {
public:
  virtual stream_terms terms() const noexcept = 0;
  virtual void send_packet(const fly::packet& what) = 0;

  /// Passes a command to the connection's actor.
  virtual void command(client_command said) = 0;

  /// Counts and logs a malformed packet.
  virtual void malformed(std::string_view why) = 0;

protected:
  ~stream_host() = default;
};

/// Turns packets into commands, and replies into packets. The host is an argument, as an idle client should be small.
class client_streams {
public:
  /// The fate of an application's text.
  enum class delivery : std::uint8_t {
    handled,      ///< sent, or there is no such subscription any more
    too_long,     ///< for a packet; the client was told
    meaningless,  ///< to a FlyRPC client
  };

  /// Handles a packet of the client.
  void receive(const fly::packet& what, stream_host& of);

  // -- replies of the actor

  delivery transmit(std::string_view text, stream_host& of);
  void confirm(std::uint32_t tag, stream_host& of) { confirm(aliases_.unanswered(tag), of); }
  void reject(std::uint32_t tag, std::string_view why, stream_host& of);

  /// Confirms a subscription of a client with positions, or answers its request for missed messages.
  void begin(const reply::beginning& where, stream_host& of);

  /// Adds the subscriptions of an earlier session. Returns their aliases.
  std::vector<std::uint16_t> restore(const std::vector<reply::restored_subscription>& all);

  /// Ends a subscription that the client is not told of.
  void abandon(std::uint16_t alias, stream_host& of);

  /// The application's decision, unless its text told the client before.
  void settle(std::uint32_t tag, bool subscribed, stream_host& of);

  /// Tells the client why `said` was dropped, if it has said it.
  static void drop(const client_command& said, std::string_view why, stream_host& of);

private:
  using subscription = alias_table::subscription;

  void subscribe(const fly::packet& what, stream_host& of);
  void unsubscribe(const fly::packet& what, stream_host& of);
  void publish(const fly::packet& what, stream_host& of);
  void confirm(const subscription* which, stream_host& of);
  void reject(const subscription* which, std::string_view why, stream_host& of);
  void reject_transmitted(std::string_view identifier, stream_host& of);

  alias_table aliases_;
};

}  // namespace ability
