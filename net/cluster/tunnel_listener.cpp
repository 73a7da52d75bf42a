#include "net/cluster/tunnel_listener.hpp"

#include <utility>

#include "net/cluster/inbound_handshake.hpp"
#include "net/fly/transport/packets.hpp"

namespace ability {

namespace {

constexpr int backlog = 256;

}  // namespace

tunnel_listener::tunnel_listener(tunnel_common_ptr common, bool for_nodes)
    : common_{std::move(common)}, for_nodes_{for_nodes}, acceptor_{common_->home.io().get_executor()} {}

boost::system::error_code tunnel_listener::open(const endpoint& where) { return acceptor_.open(where, backlog); }

void tunnel_listener::on_accept(fly::tcp_socket socket) {
  common_->counters.accepted.add();
  if (common_->make_room()) {
    inbound_handshake::start(common_, std::move(socket), for_nodes_);
    return;
  }
  boost::system::error_code ignored;
  common_->refuse(tunnel_refusal::other, fly::text_of(socket.remote_endpoint(ignored)),
                  "too many connections are in their handshake");
}

void tunnel_listener::on_accept_failure() {
  common_->refuse(tunnel_refusal::other, fly::text_of(local()),
                  "too many open files (raise `ulimit -n`), so nothing is accepted");
}

}  // namespace ability
