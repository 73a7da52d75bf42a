/// One connection to the application's HTTP server.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "net/app/http_app_transport.hpp"
#include "net/io/connector.hpp"

namespace ability {

/// Connects at the first use, and again if the application has closed the connection. One call at a time.
class http_app_connection : public std::enable_shared_from_this<http_app_connection> {
public:
  using request_type = boost::beast::http::request<boost::beast::http::string_body>;
  /// Receives the outcome of a call; `reusable`: the connection may be used again.
  using callback = std::function<void(rpc_outcome, bool reusable)>;

  /// `tls` null: no TLS. `where` and `tls` outlive the connection.
  http_app_connection(boost::asio::io_context& io, const http_app_endpoint& where, boost::asio::ssl::context* tls);

  /// Sends `request`; `done` is called once, within `timeout`.
  /// `repeatable`: retried if the application closes a reused connection; it may then receive the request twice.
  void exchange(request_type request, bool repeatable, std::chrono::milliseconds timeout, callback done);

  /// Connects without a request; `done` is called once, within `timeout`. Call before any `exchange`.
  void open(std::chrono::milliseconds timeout, callback done);

  /// Ends the current call as `unavailable`.
  void abort();

  /// True if the connection is still open as far as this end can see.
  bool is_alive();

  /// Time of the last use.
  std::chrono::steady_clock::time_point idle_since() const noexcept { return idle_since_; }

private:
  /// Bytes buffered of an answer besides its body: its head, a chunk's extension or the trailer.
  static constexpr std::size_t max_buffer = std::size_t{128} << 10;

  using error_code = boost::system::error_code;
  using parser_type = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void set_deadline(std::chrono::milliseconds timeout);
  void connect();
  void use(fly::tcp_socket socket);
  void handshake();
  void opened();
  void write();
  void read();
  void on_broken(error_code error, const char* what);
  void on_answer();
  void fail(rpc_failure why, std::string detail);
  void finish(rpc_outcome outcome, bool reusable);
  void close();
  void watch_idle();
  /// Calls `then(stream)` with the TLS or the plain stream.
  template <class F>
  void on_stream(F then);

  const http_app_endpoint& where_;
  boost::asio::ssl::context* tls_;
  fly::connector connector_;
  fly::steady_timer deadline_;
  std::optional<fly::tcp_socket> plain_;
  std::optional<boost::asio::ssl::stream<fly::tcp_socket>> secure_;
  bool connected_ = false;
  bool reused_ = false;  // the application may have closed the connection unnoticed
  bool repeatable_ = false;
  bool only_opens_ = false;
  std::chrono::steady_clock::time_point idle_since_{};
  request_type request_;
  boost::beast::flat_buffer buffer_{max_buffer};
  std::optional<parser_type> parser_;
  callback done_;
};

}  // namespace ability
