/// A client's socket and its ordered queue of outgoing bytes.
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

/// Sends ready frames, Beast's control frames and HTTP answers in the order of queueing, in one system call per drain
/// of the lane. The owner reads; after `begin_drain` the outbox reads and discards by itself.
///
/// Lives as long as it is referenced or an operation on its socket is pending. Use on its lane only.
class outbox final : public boost::intrusive_ref_counter<outbox, boost::thread_unsafe_counter>,
                     public outbox_hook,
                     private wheel_timer {
public:
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
  using error_code = boost::system::error_code;
  using pointer = boost::intrusive_ptr<outbox>;

  /// Bytes of this object touched on the send path; prefetched ahead of use.
  static constexpr std::size_t hot_bytes = 192;

  /// With `tls`, begin with `async_handshake`.
  /// `max_queued`: limit of queued bytes.
  outbox(io_lane& lane, socket_type socket, std::unique_ptr<fly::tls_session> tls, std::size_t max_queued);
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox();

  io_lane& lane() noexcept { return lane_; }
  bool is_tls() const noexcept { return tls_ != nullptr; }

  /// Releases `place` when the socket is closed.
  void occupy(socket_place place) noexcept { place_ = std::move(place); }

  /// The IP address of the peer, or of the client that a proxy has reported; IPv4-mapped ones as IPv4. Empty if gone.
  std::string peer_address() const;

  /// Sets the client's address, as reported by a proxy.
  void set_peer_address(std::string address);

  /// Byte counts of the connection, and its peer.
  client_traffic traffic() const;

  /// The local address of the connection, with the port; empty if the peer is gone.
  std::string local_address() const;

  // -- out -----------------------------------------------------------------------------------------------------------

  /// Queues shared bytes. Returns false, and queues nothing, if they exceed the limit even after a write to the socket,
  /// or if the outbox is closing.
  bool push(frames_ptr bytes);

  /// Queues an answer or a control frame. Returns false if the queue already exceeds the limit, or is closing.
  bool copy_in(std::string bytes);

  /// Discards the queue, except the rest of a piece that was partly sent.
  void drop_unsent();

  std::size_t queued() const noexcept { return queued_; }

  /// Calls `then` once the queue is empty, or the socket has failed.
  void when_drained(std::function<void()> then);

  /// Adds the bytes sent from now on to `sent`, which must outlive the outbox.
  void count_sent(counter& sent) noexcept { sent_ = &sent; }

  /// Writes as much as the socket accepts. Called by the lane.
  void flush();

  // -- in ------------------------------------------------------------------------------------------------------------

  /// Completes the TLS handshake: `done(error)`.
  void async_handshake(const std::function<void(error_code)>& done);

  /// Calls `handler(error)` once there is something to read, or the socket was closed. After `begin_drain` the handler
  /// is destroyed instead. One at a time.
  template <class Handler>
  void async_wait_readable(Handler&& handler);

  /// Reads available bytes. `would_block` if there are none, `eof` at the end.
  std::size_t read_some(boost::asio::mutable_buffer into, error_code& error);

  // -- end -----------------------------------------------------------------------------------------------------------

  /// Flushes the queue, half-closes, waits for the peer to close, and closes; at the latest after `deadline`. Pending
  /// readers are dropped.
  void begin_drain(std::chrono::milliseconds deadline);

  /// Closes at once.
  void close();

  /// True if `begin_drain` or `close` was called or the socket has failed: no more can be queued.
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

  // Members touched by every write come first.
  io_lane& lane_;
  state state_ = state::open;
  bool flush_pending_ = false;
  bool waiting_writable_ = false;
  bool waiting_readable_ = false;
  boost::container::small_vector<frames_ptr, 2> queue_;  // inline storage: more seldom wait
  std::size_t first_ = 0;                                // index of the first piece in queue_
  std::size_t first_sent_ = 0;                           // bytes of the first piece already sent
  std::size_t queued_ = 0;
  std::size_t max_queued_;
  counter* sent_ = nullptr;
  std::unique_ptr<fly::tls_session> tls_;
  socket_type socket_;
  std::function<void()> drained_;
  std::string tls_unsent_;                        // plaintext given to TLS, not accepted by the socket yet
  std::unique_ptr<const std::string> told_peer_;  // null: ask the socket
  socket_place place_;
};

template <class Handler>
void outbox::async_wait_readable(Handler&& handler) {
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
