/// Sending of a connection's packets, and the bound of what is queued.
/// Source: docs/protocols/flyrpc.md "RPC".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "net/fly/peer/call_table.hpp"
#include "net/fly/peer/options.hpp"
#include "net/fly/peer/terms.hpp"
#include "net/fly/transport/transport.hpp"

namespace ability::fly {

/// Used on the event loop's thread. Writes nothing after `release`.
class packet_output {
public:
  using time_point = call_table::time_point;

  /// `on_congested` is called from within a write after which more than `max_queued` bytes are queued, once until
  /// `check` finds no more than half of that.
  packet_output(transport_ptr over, const peer_options& how, const terms& by, std::function<void()> on_congested);

  /// Null after `release`.
  const transport_ptr& over() const noexcept { return over_; }

  /// Gives up the transport, and returns it.
  transport_ptr release() noexcept;

  void write(const packet& what);
  void write_rpc(std::uint8_t options, std::uint16_t command, std::uint8_t sequence, const encoded& what);

  /// A reply that does not fit in a packet becomes the error `too_long`; an error's text is cut.
  void write_reply(std::uint16_t command, std::uint8_t sequence, const answer& what);

  bool is_congested() const noexcept { return congested_; }
  void check(time_point now);

  /// Time of the next `check`; `never` if it is not congested.
  time_point check_at() const noexcept { return check_at_; }

private:
  static constexpr std::chrono::milliseconds check_interval{10};

  transport_ptr over_;
  const peer_options& options_;
  const terms& terms_;
  const std::function<void()> on_congested_;
  bool congested_ = false;
  time_point check_at_ = call_table::never;
};

}  // namespace ability::fly
