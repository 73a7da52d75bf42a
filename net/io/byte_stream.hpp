/// A TCP connection, with or without TLS, and its ordered queue of outgoing bytes.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/io/executor.hpp"
#include "net/io/tls.hpp"

namespace ability::fly {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
using steady_timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                       boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

/// Time to flush the queue after a transport was closed, and for the peer to close in turn.
inline constexpr std::chrono::milliseconds close_timeout{2'000};

/// Never blocks, and holds no read buffer: a reader waits for readability first. Lives as long as it is referenced or
/// an operation on its socket is pending.
class byte_stream final : public std::enable_shared_from_this<byte_stream> {
public:
  using error_code = boost::system::error_code;

  /// `socket` is connected. `held` is released when the socket is closed. With `tls`, call `async_handshake` first.
  byte_stream(tcp_socket socket, std::unique_ptr<tls_session> tls, std::shared_ptr<void> held = nullptr);

  executor get_executor() { return socket_.get_executor(); }
  const boost::asio::ip::tcp::endpoint& peer() const noexcept { return peer_; }

  /// Completes the TLS handshake, if any; `done` gets an empty string or the error. Not called once closed.
  void async_handshake(std::function<void(const std::string& error)> done);

  /// Calls `then()` once there may be something to read, or the connection has ended.
  template <class F>
  void wait_readable(F then);

  /// Reads available bytes. `would_block` if there are none, `eof` at the end, `operation_aborted` once closed.
  std::size_t read_some(std::span<char> into, error_code& error);

  /// Queues bytes. All bytes queued in one turn of the event loop are sent in one system call.
  void write(std::string_view bytes) {
    write_by([bytes](std::string& queue) { queue += bytes; });
  }

  /// As `write`: `f(std::string& queue)` appends to, or changes, the bytes queued since the last system call.
  template <class F>
  void write_by(F f);
  std::size_t queued() const noexcept { return pending_.size() + sending_.size() - sent_; }

  /// Sets a function to call if bytes can no longer be sent; the connection is closed then.
  void on_broken(std::function<void(const std::string& why)> call) { on_broken_ = std::move(call); }

  /// Sets a function to call whenever the socket has accepted queued bytes; never called from a function of this class.
  void on_sent(std::function<void()> call) { on_sent_ = std::move(call); }

  /// TLS's reason why `read_some` failed; empty without TLS.
  std::string complaint() const { return tls_ != nullptr ? tls_->complaint() : std::string{}; }

  /// Closes after `close_timeout`, in any case.
  void limit();

  /// Accepts no more bytes; flushes the queue, half-closes, waits for the peer to close, and closes; within
  /// `close_timeout`.
  void drain();

  /// Closes at once.
  void close();

private:
  enum class state : std::uint8_t { open, draining, closed };

  template <class F>
  void wait(boost::asio::socket_base::wait_type what, F then);
  void handshake_step(std::function<void(const std::string&)> done);
  void flush_soon();
  bool has_output();
  void flush();
  step write_step(std::size_t& moved);
  void broken(const std::string& why);
  void drop_calls();
  void end_of_output();
  void discard_input();

  tcp_socket socket_;
  std::unique_ptr<tls_session> tls_;
  boost::asio::ip::tcp::endpoint peer_;
  state state_ = state::open;
  bool flushing_ = false;          // a flush is posted, or waits for the socket
  bool read_wants_write_ = false;  // TLS has to send before it can read on
  std::size_t sent_ = 0;           // bytes of sending_
  std::string sending_;            // bytes being sent
  std::string pending_;            // bytes to send after them
  error_code write_error_;
  std::optional<steady_timer> deadline_;
  std::function<void(const std::string&)> on_broken_;
  std::function<void()> on_sent_;
  std::shared_ptr<void> held_;
};

using byte_stream_ptr = std::shared_ptr<byte_stream>;

template <class F>
void byte_stream::write_by(F f) {
  if (state_ != state::open)
    return;
  f(pending_);
  flush_soon();
}

template <class F>
void byte_stream::wait(boost::asio::socket_base::wait_type what, F then) {
  auto keeping = [self = shared_from_this(), then = std::move(then)](const error_code& = {}) mutable { then(); };
  if (state_ == state::closed)
    boost::asio::post(socket_.get_executor(), std::move(keeping));
  else
    socket_.async_wait(what, std::move(keeping));
}

template <class F>
void byte_stream::wait_readable(F then) {
  if (tls_ != nullptr && tls_->has_pending())
    boost::asio::post(socket_.get_executor(),
                      [self = shared_from_this(), then = std::move(then)]() mutable { then(); });
  else
    wait(read_wants_write_ ? boost::asio::socket_base::wait_write : boost::asio::socket_base::wait_read,
         std::move(then));
}

}  // namespace ability::fly
