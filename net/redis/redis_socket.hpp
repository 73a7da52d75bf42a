/// The socket to a Redis server: by TCP or by a socket file, with TLS or without.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "net/io/tls.hpp"

namespace ability {

/// One connection, used on the thread of its `io_context`. The functions that take a callback call it once, later, with
/// an error if need be, and keep this alive until then; after `close()` the error is `operation_aborted`.
class redis_socket final : public std::enable_shared_from_this<redis_socket> {
public:
  using endpoint = boost::asio::generic::stream_protocol::endpoint;
  using error_code = boost::system::error_code;
  using callback = std::function<void(error_code)>;

  explicit redis_socket(boost::asio::io_context& io) : socket_{io} {}

  void connect(const endpoint& where, callback done);

  /// Speaks TLS from now on; the certificate must be for `host`. `done` gets an empty text, or why there is no TLS.
  void secure(const fly::tls_context& context, const std::string& host, std::function<void(const std::string&)> done);

  /// Waits until there may be something to read.
  void wait(callback done);

  /// Reads what is there: `would_block` if nothing is, `eof` at the end. For `connection_reset`, TLS may have a
  /// complaint, like that of a server which takes no client without a certificate.
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
