/// A client's subscriptions to the streams of a router.
/// Source: docs/protocols/flyrpc.md "MQ: streams".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/fly/peer/engine.hpp"
#include "net/fly/peer/packet_output.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability::fly {

/// Used on the event loop's thread. The router remembers the subscriptions; here are the unanswered ones. On a
/// connection with positions, messages are passed on in order and once: lost ones are asked for again, and a
/// subscription goes on where it ended on an earlier connection.
class stream_subscriptions {
public:
  using time_point = call_table::time_point;

  stream_subscriptions(engine& of, packet_output& out, const terms& by) : engine_{of}, out_{out}, terms_{by} {}

  /// Asks for `stream`. Errors: `too_many`, `too_long`, `forbidden` (`from` is in the past, and the connection has no
  /// positions); `what`, whose command is the alias, is unchanged then.
  std::optional<remote_error> start(call_table::call& what, std::string_view stream, const stream_start& from);

  /// Sends a packet that expects no answer: a publication, or with the option `unsubscribe` the end of a subscription.
  void send(std::uint8_t options, std::uint16_t alias, std::string_view buffer);

  /// Handles a router's answer, message or rejection. False: the packet has no meaning here.
  bool receive(const packet& what);

  /// Asks again for what may be lost.
  void check(time_point now);

  /// Time of the next `check`.
  time_point next_check() const noexcept;

  call_table& unanswered() noexcept { return unanswered_; }

private:
  void ask(std::uint16_t alias, followed_stream& of);
  void confirm(const packet& what);
  bool receive_numbered(const packet& what);
  void reject(const packet& what);
  void pass_on(const packet& what, const std::optional<stream_position>& at);

  engine& engine_;
  packet_output& out_;
  const terms& terms_;
  call_table unanswered_;
};

}  // namespace ability::fly
