#include "net/redis/redis_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace ability {

namespace {

namespace asio = boost::asio;
using fly::step;

// A paused subscriber sends no PING. TCP keep-alive detects the loss of the host meanwhile, to report it right after
// the pause.
void keep_alive(int socket) {
  const auto set = [socket](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof(value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace

redis_socket::redis_socket(fly::tcp_socket connected) : socket_{std::move(connected)} {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  keep_alive(socket_.native_handle());
}

void redis_socket::connect(const asio::local::stream_protocol::endpoint& where, callback done) {
  socket_.async_connect(where, [self = shared_from_this(), done = std::move(done)](error_code error) {
    if (!self->socket_.is_open())
      error = asio::error::operation_aborted;
    if (!error)
      self->socket_.non_blocking(true, error);
    done(error);
  });
}

void redis_socket::secure(const fly::tls_context& context, const std::string& host,
                          std::function<void(const std::string&)> done) {
  tls_.emplace(context, socket_.native_handle(), host);
  handshake(std::move(done));
}

void redis_socket::handshake(std::function<void(const std::string&)> done) {
  const auto how = tls_->handshake();
  if (how == step::want_read || how == step::want_write) {
    wait_for(how, [this, done = std::move(done)](error_code error) mutable {
      if (error)
        done(error.message());
      else
        handshake(std::move(done));
    });
    return;
  }
  auto why = how == step::done ? std::string{} : tls_->complaint();
  asio::post(socket_.get_executor(),
             [self = shared_from_this(), done = std::move(done), why = std::move(why)] { done(why); });
}

void redis_socket::wait(callback done) {
  if (tls_ && tls_->has_pending())
    asio::post(socket_.get_executor(), [self = shared_from_this(), done = std::move(done)] {
      done(self->socket_.is_open() ? error_code{} : asio::error::operation_aborted);
    });
  else
    wait_for(std::exchange(read_wants_write_, false) ? step::want_write : step::want_read, std::move(done));
}

void redis_socket::wait_for(step what, callback done) {
  socket_.async_wait(what == step::want_write ? asio::socket_base::wait_write : asio::socket_base::wait_read,
                     [self = shared_from_this(), done = std::move(done)](error_code error) {
                       done(self->socket_.is_open() ? error : asio::error::operation_aborted);
                     });
}

std::size_t redis_socket::read_some(std::span<char> into, error_code& error) {
  error = {};
  if (!tls_)
    return socket_.read_some(asio::buffer(into.data(), into.size()), error);
  std::size_t size = 0;
  const auto how = tls_->read(into, size);
  read_wants_write_ = how == step::want_write;
  if (how == step::want_read || how == step::want_write)
    error = asio::error::would_block;
  else if (how == step::end_of_file)
    error = asio::error::eof;
  else if (how == step::failed)
    error = asio::error::connection_reset;
  return size;
}

void redis_socket::write(std::span<const char> bytes, callback done) {
  std::size_t sent = 0;
  error_code error;
  for (auto how = step::done; !bytes.empty(); bytes = bytes.subspan(std::exchange(sent, 0))) {
    how = send_some(bytes, sent, error);
    if (how == step::want_read || how == step::want_write) {
      wait_for(how, [this, bytes, done = std::move(done)](error_code failed) mutable {
        if (failed)
          done(failed);
        else
          write(bytes, std::move(done));
      });
      return;
    }
    if (how != step::done) {
      error = error ? error : asio::error::broken_pipe;
      break;
    }
  }
  asio::post(socket_.get_executor(), [self = shared_from_this(), error, done = std::move(done)] { done(error); });
}

step redis_socket::send_some(std::span<const char> bytes, std::size_t& sent, error_code& error) {
  if (tls_)
    return tls_->write(bytes, sent);
  sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  if (error == asio::error::would_block)
    return step::want_write;
  return error ? step::failed : step::done;
}

void redis_socket::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace ability
