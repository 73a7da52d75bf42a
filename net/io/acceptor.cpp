#include "net/io/acceptor.hpp"

#include <chrono>
#include <utility>

namespace ability::fly {

namespace {

using boost::system::error_code;

constexpr std::chrono::milliseconds retry_after{100};

}  // namespace

error_code acceptor::open(const endpoint& where, int backlog, void (*set_up)(socket_type&)) {
  error_code error;
  socket_.open(where.protocol(), error);
  if (!error)
    socket_.set_option(boost::asio::socket_base::reuse_address{true}, error);
  if (!error)
    socket_.bind(where, error);
  if (!error && set_up != nullptr)
    set_up(socket_);
  if (!error)
    socket_.listen(backlog, error);
  return error;
}

acceptor::endpoint acceptor::local() const {
  error_code ignored;
  return socket_.local_endpoint(ignored);
}

void acceptor::start(std::shared_ptr<acceptor_user> user) {
  const auto loop = user->executor_of_next(socket_.get_executor());
  socket_.async_accept(loop, [this, user = std::move(user)](error_code error, tcp_socket socket) mutable {
    if (!socket_.is_open())
      return;
    if (error && error != boost::asio::error::connection_aborted)
      return retry_later(std::move(user));
    if (!error)
      user->on_accept(std::move(socket));
    if (socket_.is_open())
      start(std::move(user));
  });
}

// Descriptors are freed as connections end.
void acceptor::retry_later(std::shared_ptr<acceptor_user> user) {
  user->on_accept_failure();
  retry_.expires_after(retry_after);
  retry_.async_wait([this, user = std::move(user)](error_code) mutable {
    if (socket_.is_open())
      start(std::move(user));
  });
}

void acceptor::close() {
  error_code ignored;
  socket_.close(ignored);
  retry_.cancel();
}

}  // namespace ability::fly
