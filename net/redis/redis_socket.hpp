/// The socket to a Redis server: TCP or a socket file, with or without TLS.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "net/io/byte_stream.hpp"
#include "net/io/tls.hpp"

namespace ability {

/// One connection; use on the thread of its `io_context`. Functions with a callback call it once, later, with the error
/// if any, and keep this alive until then; after `close()` the error is `operation_aborted`.
class redis_socket final : public std::enable_shared_from_this<redis_socket> {
public:
  using error_code = boost::system::error_code;
  using callback = std::function<void(error_code)>;

  explicit redis_socket(boost::asio::io_context& io) : socket_{io} {}

  /// Takes over a connection by TCP.
  explicit redis_socket(fly::tcp_socket connected);

  /// Connects to a socket file.
  void connect(const boost::asio::local::stream_protocol::endpoint& where, callback done);

  /// Starts TLS; the certificate must be for `host`. `done` gets an empty text or the error.
  void secure(const fly::tls_context& context, const std::string& host, std::function<void(const std::string&)> done);

  /// Waits until there may be something to read.
  void wait(callback done);

  /// Reads available bytes: `would_block` if there are none, `eof` at the end. After `connection_reset`, `complaint`
  /// may hold an error of TLS, such as that of a server which requires a client certificate.
  std::size_t read_some(std::span<char> into, error_code& error);

  std::string complaint() const { return tls_ ? tls_->complaint() : std::string{}; }

  /// Sends all of `bytes`, which live until `done`. One at a time.
  void write(std::span<const char> bytes, callback done);

  void close();

private:
  void handshake(std::function<void(const std::string&)> done);
  void wait_for(fly::step what, callback done);
  fly::step send_some(std::span<const char> bytes, std::size_t& sent, error_code& error);

  boost::asio::generic::stream_protocol::socket socket_;
  std::optional<fly::tls_session> tls_;
  bool read_wants_write_ = false;  // TLS has to send before it can read on
};

}  // namespace ability
