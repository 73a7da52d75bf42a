#include "net/cluster/tunnel_listener.hpp"

#include <utility>

#include "net/cluster/inbound_handshake.hpp"
#include "net/fly/transport/packets.hpp"

namespace ability {

namespace {

constexpr std::chrono::milliseconds retry_after{100};
constexpr int backlog = 256;

}  // namespace

tunnel_listener::tunnel_listener(tunnel_common_ptr common, bool for_nodes)
    : common_{std::move(common)},
      for_nodes_{for_nodes},
      acceptor_{common_->home.io().get_executor()},
      retry_{common_->home.io().get_executor()} {}

boost::system::error_code tunnel_listener::open(const endpoint& where) {
  boost::system::error_code error;
  acceptor_.open(where.protocol(), error);
  if (!error)
    acceptor_.set_option(boost::asio::socket_base::reuse_address{true}, error);
  if (!error)
    acceptor_.bind(where, error);
  if (!error)
    acceptor_.listen(backlog, error);
  return error;
}

tunnel_listener::endpoint tunnel_listener::local() const {
  boost::system::error_code ignored;
  return acceptor_.local_endpoint(ignored);
}

void tunnel_listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

void tunnel_listener::accept() {
  acceptor_.async_accept([self = shared_from_this()](boost::system::error_code error, fly::tcp_socket socket) {
    if (!self->acceptor_.is_open())
      return;
    if (error && error != boost::asio::error::connection_aborted) {
      self->retry_later();
      return;
    }
    if (!error)
      self->begin(std::move(socket));
    if (self->acceptor_.is_open())
      self->accept();
  });
}

void tunnel_listener::begin(fly::tcp_socket socket) {
  common_->counters.accepted.add();
  if (common_->make_room()) {
    accepted_session::start(common_, std::move(socket), for_nodes_);
    return;
  }
  boost::system::error_code ignored;
  common_->refuse(tunnel_refusal::other, fly::text_of(socket.remote_endpoint(ignored)),
                  "too many connections are in their handshake");
}

// Retries after an error. Most likely descriptors are exhausted; they are freed as connections end.
void tunnel_listener::retry_later() {
  common_->refuse(tunnel_refusal::other, fly::text_of(local()),
                  "too many open files (raise `ulimit -n`), so nothing is accepted");
  retry_.expires_after(retry_after);
  retry_.async_wait([self = shared_from_this()](boost::system::error_code) {
    if (self->acceptor_.is_open())
      self->accept();
  });
}

}  // namespace ability
