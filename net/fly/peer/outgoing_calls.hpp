/// Calls of this side: those that wait for a reply, and those that wait for a sequence number.
/// Source: docs/protocols/flyrpc.md "RPC".
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "net/fly/peer/call_table.hpp"
#include "net/fly/peer/packet_output.hpp"

namespace ability::fly {

/// Used on the event loop's thread.
class outgoing_calls {
public:
  using time_point = call_table::time_point;

  /// `most_waiting`: bytes of messages that may wait for a sequence number.
  outgoing_calls(packet_output& out, const terms& by, std::size_t most_waiting)
      : out_{out}, terms_{by}, most_waiting_{most_waiting} {}

  /// Sends the call, or lets it wait while all 256 numbers are in use. Error: `too_many`; `what` is unchanged then.
  std::optional<remote_error> start(call_table::call& what, encoded message);

  /// Sends a message without a reply.
  void send(std::uint16_t command, const encoded& message) {
    out_.write_rpc(0, command, numbers_.pass_number(), message);
  }

  /// The call that a reply belongs to. Its number goes to a call that waits for one.
  waiter_ptr finish(std::uint16_t command, std::uint8_t sequence);

  /// Removes the call with this id and returns its waiter, null if there is none; its number rests until `until`.
  waiter_ptr give_up(std::uint64_t id, time_point until);

  /// Removes the calls whose deadline has passed and returns their waiters; their numbers rest until `until`. Numbers
  /// whose rest is over go to calls that wait for one.
  std::vector<waiter_ptr> expire(time_point now, time_point until);

  /// Time of the next work for `expire`.
  time_point earliest() const noexcept;

  /// Number of sent calls that wait for a reply.
  std::size_t active() const noexcept { return numbers_.active(); }

  /// Removes all calls and returns their waiters.
  std::vector<waiter_ptr> clear();

private:
  struct waiting {
    call_table::call call;
    encoded message;
  };

  void begin(waiting what);
  void start_waiting();

  packet_output& out_;
  const terms& terms_;
  const std::size_t most_waiting_;
  call_table numbers_;
  std::list<waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace ability::fly
