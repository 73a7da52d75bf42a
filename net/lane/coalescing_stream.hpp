/// An outbox as a stream for Beast, by Asio's stream concepts.
/// Source: docs/decisions/0002-outbox-under-beast.md.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/system_error.hpp>
#include <functional>
#include <string>
#include <utility>

#include "net/lane/outbox.hpp"

namespace ability {

/// A handle of an outbox; copies and moves as one. A completed write means "queued": the bytes follow all queued
/// before, and are sent with the lane's next flush. The outbox must outlive it.
class coalescing_stream {
public:
  using error_code = boost::system::error_code;
  using executor_type = boost::asio::io_context::executor_type;

  /// Called before more bytes are read. True: the reader is not needed, and its handler is destroyed without a call.
  /// The caller then destroys the reader, after it has returned from here.
  using gate = std::function<bool()>;

  explicit coalescing_stream(outbox& socket, gate before_read = {}) : outbox_{&socket}, gate_{std::move(before_read)} {}

  executor_type get_executor() const noexcept { return outbox_->lane().io().get_executor(); }
  outbox& target() noexcept { return *outbox_; }

  /// Puts back bytes already read; they are read first.
  void put_back(std::string bytes) { prefix_ = std::move(bytes); }

  /// Discards synchronous writes: for the answer to a handshake that was made before.
  void swallow_output(bool yes) noexcept { swallow_ = yes; }

  /// Called with all bytes that are read.
  std::function<void(std::string_view)> on_bytes;

  template <class Buffers>
  std::size_t read_some(const Buffers& into, error_code& error) {
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(into);
    std::size_t got = 0;
    if (!prefix_.empty()) {
      error = {};
      got = boost::asio::buffer_copy(first, boost::asio::buffer(prefix_));
      prefix_.erase(0, got);
    } else {
      got = outbox_->read_some(first, error);
    }
    if (on_bytes)
      on_bytes({static_cast<const char*>(first.data()), got});
    return got;
  }

  template <class Buffers>
  std::size_t read_some(const Buffers& into) {
    error_code error;
    const auto got = read_some(into, error);
    if (error)
      throw boost::system::system_error{error};
    return got;
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& from, error_code& error) {
    error = {};
    const auto size = boost::asio::buffer_size(from);
    if (swallow_)
      return size;
    std::string bytes;
    bytes.reserve(size);
    for (auto each = boost::asio::buffer_sequence_begin(from); each != boost::asio::buffer_sequence_end(from); ++each) {
      const boost::asio::const_buffer piece{*each};
      bytes.append(static_cast<const char*>(piece.data()), piece.size());
    }
    if (!outbox_->copy_in(std::move(bytes)))
      error = boost::asio::error::no_buffer_space;
    return error ? 0 : size;
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& from) {
    error_code error;
    const auto put = write_some(from, error);
    if (error)
      throw boost::system::system_error{error};
    return put;
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) { this->start_read(std::move(handler), buffers); }, token, into);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) {
          error_code error;
          const auto put = write_some(buffers, error);
          // Completing before returning would re-enter the caller.
          boost::asio::post(get_executor(),
                            [handler = std::move(handler), error, put]() mutable { handler(error, put); });
        },
        token, from);
  }

private:
  template <class Handler, class Buffers>
  void start_read(Handler handler, const Buffers& into) {
    if (!prefix_.empty()) {
      boost::asio::post(get_executor(),
                        [this, keep = outbox::pointer{outbox_}, into, handler = std::move(handler)]() mutable {
                          // A closing outbox may have outlived this stream.
                          error_code error;
                          if (keep->closing())
                            error = boost::asio::error::operation_aborted;
                          const auto got = error ? 0 : read_some(into, error);
                          handler(error, got);
                        });
      return;
    }
    if (gate_ && gate_())
      return;
    wait(std::move(handler), into);
  }

  // The owner closes the outbox before it destroys this stream with a read pending: then nothing here is touched.
  template <class Handler, class Buffers>
  void wait(Handler handler, const Buffers& into) {
    outbox_->async_wait_readable([this, into, handler = std::move(handler)](error_code error) mutable {
      const auto got = error ? 0 : read_some(into, error);
      if (error == boost::asio::error::would_block)
        wait(std::move(handler), into);
      else
        handler(error, got);
    });
  }

  outbox* outbox_;
  gate gate_;
  std::string prefix_;
  bool swallow_ = false;
};

/// Close functions that Beast calls. They only begin the drain that the lane finishes: Beast's own has no deadline, and
/// cuts off frames that are still queued.
void teardown(boost::beast::role_type role, coalescing_stream& stream, boost::system::error_code& error);

template <class Handler>
void async_teardown(boost::beast::role_type role, coalescing_stream& stream, Handler&& handler) {
  boost::system::error_code error;
  teardown(role, stream, error);
  boost::asio::post(stream.get_executor(),
                    [handler = std::forward<Handler>(handler), error]() mutable { handler(error); });
}

/// Closes at once; Beast calls it at a timeout that we do not use.
void beast_close_socket(coalescing_stream& stream);

}  // namespace ability
