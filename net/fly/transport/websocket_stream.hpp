/// Beast's WebSocket over a byte_stream. Beast is heavy: included by sources only.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <string>
#include <utility>

#include "net/io/byte_stream.hpp"

namespace ability::fly {

/// Adapter of a byte_stream for Asio's stream concepts. A completed write means "queued": the bytes follow all earlier
/// ones, so that frames of several writers never mix.
class beast_stream {
public:
  using error_code = boost::system::error_code;
  using executor_type = executor;

  explicit beast_stream(byte_stream_ptr target) : target_{std::move(target)} {}

  executor_type get_executor() const noexcept { return target_->get_executor(); }
  const byte_stream_ptr& target() const noexcept { return target_; }

  template <class Buffers>
  std::size_t read_some(const Buffers& into, error_code& error) {
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(into);
    return target_->read_some({static_cast<char*>(first.data()), first.size()}, error);
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& from, error_code& error) {
    error = {};
    for (auto each = boost::asio::buffer_sequence_begin(from); each != boost::asio::buffer_sequence_end(from); ++each) {
      const boost::asio::const_buffer piece = *each;
      target_->write({static_cast<const char*>(piece.data()), piece.size()});
    }
    return boost::asio::buffer_size(from);
  }

  // Required by the concepts but never called, hence not defined.
  template <class Buffers>
  std::size_t read_some(const Buffers& into);
  template <class Buffers>
  std::size_t write_some(const Buffers& from);

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) { wait_and_read(*this, std::move(handler), buffers); }, token,
        into);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) {
          error_code error;
          const auto put = write_some(buffers, error);
          // Completion before the return would re-enter the caller.
          boost::asio::post(get_executor(),
                            [handler = std::move(handler), error, put]() mutable { handler(error, put); });
        },
        token, from);
  }

private:
  template <class Handler, class Buffers>
  static void wait_and_read(beast_stream from, Handler handler, const Buffers& into) {
    auto& target = *from.target_;
    target.wait_readable([from = std::move(from), into, handler = std::move(handler)]() mutable {
      error_code error;
      const auto got = from.read_some(into, error);
      if (error == boost::asio::error::would_block)
        wait_and_read(std::move(from), std::move(handler), into);
      else
        handler(error, got);
    });
  }

  byte_stream_ptr target_;
};

/// Beast's hook for the end of a connection: sends the queue first.
inline void teardown(boost::beast::role_type, beast_stream& stream, boost::system::error_code& error) {
  error = {};
  stream.target()->drain();
}

template <class Handler>
void async_teardown(boost::beast::role_type, beast_stream& stream, Handler&& handler) {
  stream.target()->drain();
  boost::asio::post(stream.get_executor(),
                    [handler = std::forward<Handler>(handler)]() mutable { handler(boost::system::error_code{}); });
}

/// Beast's hook for timeouts, which are not used here.
inline void beast_close_socket(beast_stream& stream) { stream.target()->close(); }

/// Without permessage-deflate: packets have their own compression.
using websocket_stream = boost::beast::websocket::stream<beast_stream, false>;

}  // namespace ability::fly
