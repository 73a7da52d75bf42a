/// The protocol machine of one connection: what arrives, what is sent, and the time limits.
/// Source: docs/protocols/flyrpc.md "RPC", "Helo".
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/fly/peer/call_table.hpp"
#include "net/fly/peer/engine.hpp"
#include "net/fly/peer/handshake.hpp"
#include "net/fly/peer/outgoing_calls.hpp"
#include "net/fly/peer/packet_output.hpp"
#include "net/fly/peer/peer_status.hpp"
#include "net/fly/peer/stream_subscriptions.hpp"
#include "net/fly/peer/terms.hpp"

namespace ability::fly {

/// Used on the event loop's thread only; the `peer` that owns it is for other threads. Publishes in `peer_status` what
/// they read. After its end it touches neither transport nor event loop.
class peer_core {
public:
  using clock = call_table::clock;
  using time_point = call_table::time_point;

  /// Null `over`: it has already ended. `face` owns it; `out` is its state for other threads.
  peer_core(peer& face, peer_status& out, std::shared_ptr<engine> of, transport_ptr over, side which);
  peer_core(const peer_core&) = delete;
  peer_core& operator=(const peer_core&) = delete;

  /// Begins to read, and says Helo if `helo` is set.
  void start(std::optional<pending_helo> helo = {});

  /// Ends the connection; pending calls fail with `closed`. `ours`: the other side does not know yet and is told `why`.
  void end(std::string why, bool ours);

  /// Null after the end.
  const transport_ptr& over() const noexcept { return output_.over(); }

  /// Executor of handlers that cannot run immediately.
  const boost::asio::any_io_executor& run_on() const noexcept { return run_on_; }

  /// Too many bytes wait for handlers: reading pauses.
  void set_overloaded(bool yes);

  // -- the operations of `peer`; an error is told to `who` later, never from within the call ---

  void call(std::uint16_t command, outcome<encoded> message, time_point deadline, waiter_ptr who);
  void ping(std::size_t length, time_point deadline, waiter_ptr who);
  void subscribe(std::uint16_t alias, std::string_view stream, const stream_start& from, time_point deadline,
                 waiter_ptr who);
  void send(std::uint16_t command, const encoded& message) { calls_.send(command, message); }
  void send_mq(std::uint8_t options, std::uint16_t alias, std::string_view buffer) {
    streams_.send(options, alias, buffer);
  }
  void reply(std::uint16_t command, std::uint8_t sequence, const answer& what) {
    output_.write_reply(command, sequence, what);
  }
  void cancel(std::uint64_t id);

private:
  bool has_ended() const noexcept { return output_.over() == nullptr; }

  void receive(const packet& what);
  void receive_rpc(const packet& what);
  void receive_request(const packet& what);
  void receive_reply(const packet& what);
  void receive_ping(const packet& what);
  void receive_mq(const packet& what);
  void dispatch(const packet& what);

  void follow(handshake::step next);
  void became_ready();
  void congested();
  void update_reading();
  void arm(time_point when);
  void on_timer();

  peer& face_;
  peer_status& status_;
  const std::shared_ptr<engine> engine_;
  const side side_;
  boost::asio::any_io_executor run_on_;
  std::optional<boost::asio::steady_timer> timer_;
  time_point wake_at_ = call_table::never;

  terms terms_;
  packet_output output_;
  handshake handshake_;
  outgoing_calls calls_;
  call_table pings_;
  stream_subscriptions streams_;
  bool overloaded_ = false;
  bool paused_ = false;
};

}  // namespace ability::fly
