#include "net/app/http_app_connection.hpp"

#include <sys/socket.h>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "protocol/app_rpc/app_rpc_json.hpp"
#include "protocol/json/excerpt.hpp"

namespace ability {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = asio::ssl;

namespace {

constexpr std::uint32_t max_head = 64 * 1024;  // bytes of an answer's status line and headers

// Maps a status other than success to a failure.
rpc_failure failure_of(http::status status) {
  switch (status) {
    case http::status::unauthorized:
      return rpc_failure::unauthorized;
    case http::status::bad_request:
    case http::status::unprocessable_entity:
      return rpc_failure::invalid;
    case http::status::too_many_requests:
    case http::status::service_unavailable:
      return rpc_failure::exhausted;
    default:
      return rpc_failure::broken;
  }
}

}  // namespace

http_app_connection::http_app_connection(asio::io_context& io, const http_app_endpoint& where, ssl::context* tls)
    : where_{where}, tls_{tls}, connector_{io.get_executor()}, deadline_{io.get_executor()} {}

template <class F>
void http_app_connection::on_stream(F then) {
  if (secure_)
    then(*secure_);
  else
    then(*plain_);
}

void http_app_connection::exchange(request_type request, bool repeatable, std::chrono::milliseconds timeout,
                                   callback done) {
  repeatable_ = repeatable;
  request_ = std::move(request);
  done_ = std::move(done);
  parser_.reset();
  set_deadline(timeout);
  reused_ = connected_;
  if (connected_)
    write();
  else
    connect();
}

void http_app_connection::open(std::chrono::milliseconds timeout, callback done) {
  only_opens_ = true;
  done_ = std::move(done);
  set_deadline(timeout);
  connect();
}

void http_app_connection::set_deadline(std::chrono::milliseconds timeout) {
  deadline_.expires_after(timeout);
  deadline_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->done_)
      self->fail(rpc_failure::timed_out, "no answer in time");
  });
}

void http_app_connection::abort() {
  if (done_)
    fail(rpc_failure::unavailable, "the daemon stops");
  close();
}

bool http_app_connection::is_alive() {
  if (!connected_)
    return false;
  char byte = 0;
  const auto fd = (secure_ ? secure_->next_layer() : *plain_).native_handle();
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// -- connect ---

void http_app_connection::connect() {
  connector_.connect(where_.host, where_.port, {}, [self = shared_from_this()](auto connected) {
    if (connected)
      return self->use(std::move(*connected));
    const auto& [at, code] = connected.error();
    const auto& where = self->where_;
    self->fail(rpc_failure::unavailable,
               (at == fly::connect_failure::stage::look_up
                    ? "cannot resolve " + where.host
                    : "cannot connect to " + where.host + " port " + std::to_string(where.port)) +
                   ": " + code.message());
  });
}

void http_app_connection::use(fly::tcp_socket socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
  buffer_.clear();
  if (tls_ == nullptr) {
    plain_.emplace(std::move(socket));
    opened();
  } else {
    secure_.emplace(std::move(socket), *tls_);
    handshake();
  }
}

void http_app_connection::handshake() {
  auto& stream = *secure_;
  if (SSL_set_tlsext_host_name(stream.native_handle(), where_.host.c_str()) != 1) {
    fail(rpc_failure::unauthorized, "not a host name for TLS: " + where_.host);
    return;
  }
  if (where_.verify) {
    stream.set_verify_mode(ssl::verify_peer);
    stream.set_verify_callback(ssl::host_name_verification{where_.host});
  }
  stream.async_handshake(ssl::stream_base::client, [self = shared_from_this()](error_code error) {
    if (!self->done_)
      return;
    if (error)
      self->fail(
          error.category() == asio::error::get_ssl_category() ? rpc_failure::unauthorized : rpc_failure::unavailable,
          "TLS handshake: " + error.message());
    else
      self->opened();
  });
}

void http_app_connection::opened() {
  connected_ = true;
  if (std::exchange(only_opens_, false))
    finish(rpc_reply{}, true);
  else
    write();
}

// -- call ---

void http_app_connection::write() {
  on_stream([this](auto& stream) {
    http::async_write(stream, request_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!self->done_)
        return;
      if (error)
        self->on_broken(error, "sending");
      else
        self->read();
    });
  });
}

void http_app_connection::read() {
  parser_.emplace();
  parser_->header_limit(max_head);
  parser_->body_limit(where_.max_reply);
  on_stream([this](auto& stream) {
    http::async_read(stream, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!self->done_)
        return;
      if (error == http::error::body_limit)
        self->fail(rpc_failure::broken, "the answer is over " + std::to_string(self->where_.max_reply) + " bytes");
      else if (error == http::error::header_limit)
        self->fail(rpc_failure::broken, "the head of the answer is over " + std::to_string(max_head) + " bytes");
      else if (error == http::error::buffer_overflow)
        self->fail(rpc_failure::broken,
                   "a chunk's extension or the trailer of the answer is over " + std::to_string(max_buffer) + " bytes");
      else if (error)
        self->on_broken(error, "receiving");
      else
        self->on_answer();
    });
  });
}

// A reused connection may be closed by the application at that moment. Most likely it has not received the call, but
// that cannot be known: repeat only calls that are repeatable.
void http_app_connection::on_broken(error_code error, const char* what) {
  if (std::exchange(reused_, false) && repeatable_ && (!parser_ || !parser_->got_some())) {
    close();
    connect();
    return;
  }
  fail(rpc_failure::broken, std::string{what} + ": " + error.message());
}

void http_app_connection::on_answer() {
  const auto& answer = parser_->get();
  if (answer.result_int() < 200) {  // an interim response such as 100
    read();
    return;
  }
  // Bytes behind this answer would be read as the next answer: do not reuse the connection.
  const bool reusable = parser_->keep_alive() && buffer_.size() == 0;
  const auto status = std::to_string(answer.result_int());
  if (http::to_status_class(answer.result_int()) != http::status_class::successful) {
    finish(rpc_error{failure_of(answer.result()), "status " + status + " " + excerpt(answer.body())}, reusable);
    return;
  }
  if (auto reply = decode_rpc_reply(answer.body()))
    finish(std::move(*reply), reusable);
  else
    finish(rpc_error{rpc_failure::broken,
                     (answer.result() == http::status::ok ? "" : "status " + status + " ") + reply.error().detail},
           reusable);
}

void http_app_connection::fail(rpc_failure why, std::string detail) {
  close();
  finish(rpc_error{why, std::move(detail)}, false);
}

void http_app_connection::finish(rpc_outcome outcome, bool reusable) {
  deadline_.cancel();
  idle_since_ = std::chrono::steady_clock::now();
  if (reusable)
    watch_idle();
  else
    close();
  std::exchange(done_, nullptr)(std::move(outcome), reusable);
}

// Closes an idle connection when the application closes it.
void http_app_connection::watch_idle() {
  auto& socket = secure_ ? secure_->next_layer() : *plain_;
  socket.async_wait(boost::asio::socket_base::wait_read, [weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self && !error && !self->done_ && !self->is_alive())
      self->close();
  });
}

void http_app_connection::close() {
  connected_ = false;
  connector_.cancel();
  if (plain_ || secure_) {
    error_code ignored;
    (secure_ ? secure_->next_layer() : *plain_).close(ignored);
  }
}

}  // namespace ability
