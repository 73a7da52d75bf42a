#include "net/lane/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <new>
#include <utility>

#include "actors/node/log.hpp"
#include "net/lane/proxy_preface.hpp"

namespace ability {

namespace {

constexpr int backlog = 4'096;
constexpr int send_buffer = 256 * 1024;         // bytes; the kernel doubles it for its own use
constexpr std::chrono::seconds dead_after{30};  // without an acknowledgement of sent bytes

// Linux copies these options to accepted connections, which saves a system call for each.
void set_up(fly::acceptor::socket_type& acceptor) {
  using timeout = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
  using idle = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  boost::system::error_code ignored;
  acceptor.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  // By default the kernel buffers up to 4 MB for a client that does not read, in addition to its outbox.
  acceptor.set_option(boost::asio::socket_base::send_buffer_size{send_buffer}, ignored);
  // Detect a vanished peer by unacknowledged bytes, or by keep-alive if nothing is sent.
  acceptor.set_option(timeout{static_cast<int>(std::chrono::milliseconds{dead_after}.count())}, ignored);
  acceptor.set_option(boost::asio::socket_base::keep_alive{true}, ignored);
  acceptor.set_option(idle{60}, ignored);
}

}  // namespace

listener::listener(std::vector<lane_context*> lanes, service serves, std::shared_ptr<tls_slot> tls, handler start)
    : lanes_{std::move(lanes)},
      serves_{serves},
      start_{start},
      tls_{std::move(tls)},
      acceptor_{lanes_.front()->lane.io().get_executor()} {}

boost::system::error_code listener::open(const endpoint& where) { return acceptor_.open(where, backlog, set_up); }

fly::executor listener::executor_of_next(const fly::executor&) { return lanes_[next_]->lane.io().get_executor(); }

void listener::on_accept(outbox::socket_type socket) {
  auto& target = *lanes_[next_];
  complained_ = false;
  next_ = (next_ + 1) % lanes_.size();
  if (has_room())
    boost::asio::post(target.lane.io(), [self = shared_from_this(), &target, identity = tls_ ? tls_->identity : nullptr,
                                         socket = std::move(socket), place = count_in()]() mutable {
      self->begin(target, std::move(socket), std::move(place), identity);
    });
}

void listener::on_accept_failure() {
  if (!std::exchange(complained_, true))
    log(log_level::error, "cannot accept connections for now: too many open files (raise `ulimit -n`)");
}

// Runs on the lane of the connection.
void listener::begin(lane_context& where, outbox::socket_type socket, socket_place place,
                     const std::shared_ptr<const fly::tls_context>& identity) const {
  if (where.shared.stopping.load(std::memory_order_relaxed))
    return;
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  // Probes come from the machine itself, not through a proxy, so they have no PROXY header.
  if (serves_ == service::operations || !has_proxy_preface(where, socket)) {
    open(where, std::move(socket), std::move(place), identity, {});
    return;
  }
  proxy_preface::start(where, std::move(socket),
                       [self = shared_from_this(), &where, kept = std::make_shared<socket_place>(std::move(place)),
                        identity](outbox::socket_type opened, std::string client) {
                         self->open(where, std::move(opened), std::move(*kept), identity, std::move(client));
                       });
}

// `client`: its address as reported by a proxy, else empty.
void listener::open(lane_context& where, outbox::socket_type socket, socket_place place,
                    const std::shared_ptr<const fly::tls_context>& identity, std::string client) const {
  std::unique_ptr<fly::tls_session> tls;
  if (identity != nullptr)
    tls = std::make_unique<fly::tls_session>(*identity, socket.native_handle());
  outbox::pointer connection{
      new outbox{where.lane, std::move(socket), std::move(tls), where.settings.max_pending_size}};
  connection->occupy(std::move(place));
  if (!client.empty())
    connection->set_peer_address(std::move(client));
  start_(where, std::move(connection), serves_);
}

// False if a socket must be closed. Up to `spare_sockets` over the limit are accepted, to be refused with an answer.
bool listener::has_room() {
  auto& where = *lanes_.front();
  const auto& shared = where.shared;
  const auto most = where.settings.max_sockets;
  if (serves_ == service::operations
          ? shared.probes.load(std::memory_order_relaxed) < max_probes
          : most == 0 || shared.sockets.load(std::memory_order_relaxed) < most + spare_sockets)
    return true;
  note_refusal(where.home, refusal_reason::client_full, "-",
               "too many open sockets for the limit of descriptors: raise `ulimit -n`");
  return false;
}

socket_place listener::count_in() {
  auto& shared = lanes_.front()->shared;
  return socket_place{serves_ == service::operations ? shared.probes : shared.sockets};
}

}  // namespace ability
