/// One connection: calls, messages and pings, both ways, over any transport.
/// Source: docs/protocols/flyrpc.md "RPC", "Helo".
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/fly/peer/call_table.hpp"
#include "net/fly/peer/engine.hpp"
#include "net/fly/transport/transport.hpp"

namespace ability::fly {

/// Role of a peer towards the other side.
enum class side : std::uint8_t {
  client,  ///< says Helo
  server,  ///< answers a Helo
  member,  ///< answers the gateway, which says Helo for an admitted client
  link,    ///< is the link to a gateway itself: no Helo, handlers of its own
};

/// Result of a handler: an error, a message, or no answer.
using answer = outcome<std::optional<encoded>>;

/// A client's Helo that waits for its answer.
struct pending_helo {
  helo_request helo;
  waiter_ptr who;          ///< gets an empty payload on success
  bool datagrams = false;  ///< over UDP: repeat the Helo
  call_table::time_point deadline = call_table::never;
  call_table::time_point again = call_table::never;
};

/// Held by its transport and engine while it is open, and by contexts. After its end it touches neither transport nor
/// event loop.
class peer final : public std::enable_shared_from_this<peer> {
public:
  using clock = call_table::clock;
  using time_point = call_table::time_point;

  /// Bytes counted for a queued packet in addition to its buffer.
  static constexpr std::size_t overhead = 256;

  /// Null `over`: a peer that has already ended, of a client that is not connected.
  peer(std::shared_ptr<engine> of, transport_ptr over, fly::side which);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer() = default;

  // -- on the event loop's thread ---

  /// Begins to read, and says Helo if `helo` is set.
  void start(std::optional<pending_helo> helo = {});

  /// Adds `size` bytes to the unhandled ones. Returns the executor of handlers that cannot run immediately.
  boost::asio::any_io_executor load(std::size_t size);

  /// Ends the connection; pending calls fail with `closed`. `ours`: the other side does not know yet and is told `why`.
  void end(std::string why, bool ours);

  // -- on any thread; see `context` for their contracts ---

  outcome<void> send(std::uint16_t command, encoded message);
  void call(std::uint16_t command, outcome<encoded> message, std::chrono::milliseconds timeout, waiter_ptr who);
  void ping(std::size_t length, std::chrono::milliseconds timeout, waiter_ptr who);
  void subscribe(std::uint16_t alias, std::string stream, std::chrono::milliseconds timeout, waiter_ptr who);
  outcome<void> unsubscribe(std::uint16_t alias);
  outcome<void> publish(std::uint16_t alias, std::string data);
  void cancel(std::uint64_t id);
  void close(std::string why);
  void reply(std::uint16_t command, std::uint8_t sequence, answer what);

  /// Removes `size` bytes from the unhandled ones.
  void unload(std::size_t size);

  bool open() const noexcept { return !ended_; }
  std::string close_reason() const { return ended_ ? ended_because_ : std::string{}; }
  serializer how() const noexcept { return how_; }
  engine& shared() const noexcept { return *engine_; }
  std::uint64_t new_id() noexcept { return ++last_id_; }
  const std::string& identity() const noexcept { return identity_; }
  const std::string& session() const noexcept { return session_; }
  const std::string& address() const noexcept { return address_; }
  bool acks() const noexcept { return acks_; }

  /// On the event loop's thread; null after the end.
  const transport_ptr& over() const noexcept { return transport_; }

private:
  static constexpr std::chrono::milliseconds queue_check{10};

  struct waiting_call {
    call_table::call call;
    encoded message;
  };

  void receive(const packet& what);
  void receive_rpc(const packet& what);
  void receive_request(const packet& what);
  void receive_reply(const packet& what);
  void receive_ping(const packet& what);
  void receive_mq(const packet& what);
  void receive_stream(const packet& what);
  bool inflate(packet& what, std::string& into) const;
  void dispatch(const packet& what);
  void run_hook(const std::function<void(context&)>& hook);

  void receive_helo(const packet& what);
  void welcome(const packet& what);
  void welcomed(const packet& what);
  outcome<std::string> authenticate(const helo_request& helo) const;
  void refuse(const packet& what, const remote_error& why);
  void write_helo();
  void check_helo(time_point now);
  void became_ready();

  void start_call(std::uint16_t command, outcome<encoded> message, time_point deadline, waiter_ptr who);
  void start_ping(std::size_t length, time_point deadline, waiter_ptr who);
  void start_subscribe(std::uint16_t alias, const std::string& stream, time_point deadline, waiter_ptr who);
  outcome<void> send_by(std::size_t size, std::function<void(peer&)> write);
  outcome<void> send_mq(std::uint8_t options, std::uint16_t alias, std::string buffer);
  void begin_call(waiting_call what);
  void start_waiting();
  static time_point deadline_after(std::chrono::milliseconds timeout);
  void fail_later(waiter_ptr who, remote_error why);
  std::optional<remote_error> cannot_send(std::size_t size) const;

  void write(const packet& what);
  void write_rpc(std::uint8_t options, std::uint16_t command, std::uint8_t sequence, const encoded& what);
  void write_reply(std::uint16_t command, std::uint8_t sequence, const answer& what);
  void update_reading();
  void arm(time_point when);
  void on_timer();

  const std::shared_ptr<engine> engine_;
  const fly::side side_;
  transport_ptr transport_;
  boost::asio::any_io_executor run_on_;
  std::optional<boost::asio::steady_timer> timer_;
  time_point wake_at_ = call_table::never;

  call_table calls_;
  call_table pings_;
  call_table subscribes_;
  std::list<waiting_call> waiting_;  // for a free sequence number
  std::size_t waiting_bytes_ = 0;
  std::string scratch_;

  std::optional<pending_helo> helo_;
  time_point helo_deadline_ = call_table::never;
  std::string first_helo_;  // with its cookie: may be repeated over UDP
  std::string helo_answer_;
  bool ready_ = false;  // a Helo is no longer accepted
  bool deflate_ = false;
  std::string identity_;
  std::string session_;
  std::string address_;

  time_point check_queue_ = call_table::never;
  bool paused_ = false;
  std::string ended_because_;  // written once, before `ended_`
  std::atomic<bool> ended_ = false;
  std::atomic<bool> congested_ = false;   // too many bytes queued to be sent
  std::atomic<bool> overloaded_ = false;  // too many bytes wait for handlers
  std::atomic<bool> acks_ = false;
  std::atomic<serializer> how_ = serializer::json;
  std::atomic<std::size_t> limit_ = max_buffer;
  std::atomic<std::size_t> posted_ = 0;
  std::atomic<std::size_t> load_ = 0;
  std::atomic<std::uint64_t> last_id_ = 0;
};

}  // namespace ability::fly
