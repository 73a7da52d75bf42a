/// A client's socket and the one ordered queue of bytes on their way to it.
/// Source: docs/decisions/0002-outbox-under-beast.md.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/connection/client_session.hpp"
#include "actors/node/counters.hpp"
#include "net/io/tls.hpp"
#include "net/lane/io_lane.hpp"
#include "net/lane/socket_place.hpp"
#include "net/lane/timer_wheel.hpp"

namespace ability {

/// Ready frames, Beast's control frames and HTTP answers leave in the order they were queued, all that is waiting in
/// one system call per drain of the lane. Reading is by the owner; after `begin_drain` the outlet reads on its own.
///
/// Lives as long as somebody holds it or an operation on its socket is pending. Used on its lane only.
class outlet final : public boost::intrusive_ref_counter<outlet, boost::thread_unsafe_counter>,
                     public outlet_hook,
                     private wheel_timer {
public:
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
  using error_code = boost::system::error_code;
  using pointer = boost::intrusive_ptr<outlet>;

  /// Its beginning, which each piece of output touches.
  static constexpr std::size_t hot_bytes = 192;

  /// With `tls`, everything goes through it; the owner then begins with `async_handshake`.
  /// `max_queued`: bytes that may wait.
  outlet(io_lane& lane, socket_type socket, std::unique_ptr<fly::tls_session> tls, std::size_t max_queued);
  outlet(const outlet&) = delete;
  outlet& operator=(const outlet&) = delete;
  ~outlet();

  io_lane& lane() noexcept { return lane_; }
  bool is_tls() const noexcept { return tls_ != nullptr; }

  /// Gives up `place` when the socket is closed.
  void occupy(socket_place place) noexcept { place_ = std::move(place); }

  /// The peer's IP address, or of whom it has told that it connects for; an IPv4 one as such. Empty if it is gone.
  std::string peer_address() const;

  /// Makes `address` the peer's address: a proxy has told that it connects for that one.
  void set_peer_address(std::string address);

  /// The bytes that went over the connection, and its peer.
  client_traffic traffic() const;

  /// The address that the peer has connected to, with its port; empty if it is gone.
  std::string local_address() const;

  // -- out -----------------------------------------------------------------------------------------------------------

  /// Queues shared bytes. False, and nothing is queued, when that exceeds the bound though the socket was given all
  /// that it takes, or the outlet is closing.
  bool push(frames_ptr bytes);

  /// Queues an answer or a control frame. False when the bound is exceeded already or the outlet is closing.
  bool copy_in(std::string bytes);

  /// Forgets what is queued, but for a piece that has partly left.
  void drop_unsent();

  /// Bytes that are queued.
  std::size_t queued() const noexcept { return queued_; }

  /// Has `then` called once nothing is queued, or the socket has failed.
  void when_drained(std::function<void()> then);

  /// Counts in `sent` the bytes that are written from now on. It must outlive the outlet.
  void count_sent(counter& sent) noexcept { sent_ = &sent; }

  /// Writes as much as the socket takes. Called by the lane.
  void flush();

  // -- in ------------------------------------------------------------------------------------------------------------

  /// Completes the TLS handshake: `done(error)`.
  void async_handshake(const std::function<void(error_code)>& done);

  /// Calls `handler(error)` once there is something to read, or the socket was closed. After `begin_drain` the handler
  /// is destroyed instead. One at a time.
  template <class Handler>
  void async_wait_readable(Handler&& handler);

  /// Reads what is there. `would_block` if nothing is, `eof` at the end.
  std::size_t read_some(boost::asio::mutable_buffer into, error_code& error);

  // -- end -----------------------------------------------------------------------------------------------------------

  /// Sends what is queued, says that no more will come, waits for the peer to do so too, and closes; at the latest
  /// after `deadline`. Pending readers are dropped.
  void begin_drain(std::chrono::milliseconds deadline);

  /// Closes at once.
  void close();

  /// Whether `begin_drain` or `close` was called or the socket has failed: no more can be queued.
  bool closing() const noexcept { return state_ != state::open; }

private:
  enum class state : std::uint8_t { open, draining, closed };
  static constexpr std::size_t max_pieces = 64;  // per system call

  void on_timer() override { close(); }
  void written();
  void flush_soon();
  bool has_room_for(std::size_t bytes);
  fly::step write();
  fly::step write_plain(std::size_t& moved);
  fly::step write_tls(std::size_t& moved);
  void consume(std::size_t bytes);
  void wait_writable();
  void end_of_output();
  void discard_input();
  void handshake_step(const std::function<void(error_code)>& done);

  // What every write touches comes first.
  io_lane& lane_;
  state state_ = state::open;
  bool flush_pending_ = false;
  bool waiting_writable_ = false;
  bool waiting_readable_ = false;
  boost::container::small_vector<frames_ptr, 2> queue_;  // seldom more wait, so no memory of its own
  std::size_t first_ = 0;                                // of queue_
  std::size_t first_sent_ = 0;                           // bytes of the first piece that have left
  std::size_t queued_ = 0;
  std::size_t max_queued_;
  counter* sent_ = nullptr;
  std::unique_ptr<fly::tls_session> tls_;
  socket_type socket_;
  std::function<void()> drained_;
  std::string tls_unsent_;                        // what TLS has taken but the socket has not
  std::unique_ptr<const std::string> told_peer_;  // null: the socket knows
  socket_place place_;
};

template <class Handler>
void outlet::async_wait_readable(Handler&& handler) {
  waiting_readable_ = true;
  auto done = [self = pointer{this}, handler = std::forward<Handler>(handler)](error_code error) mutable {
    self->waiting_readable_ = false;
    if (self->state_ == state::draining)
      self->discard_input();
    else
      handler(self->state_ == state::closed ? error_code{boost::asio::error::operation_aborted} : error);
  };
  if (tls_ != nullptr && tls_->has_pending())
    boost::asio::post(socket_.get_executor(), [done = std::move(done)]() mutable { done({}); });
  else
    socket_.async_wait(boost::asio::socket_base::wait_read, std::move(done));
}

}  // namespace ability
