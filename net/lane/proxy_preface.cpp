#include "net/lane/proxy_preface.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <utility>

#include "protocol/proxy/proxy_protocol.hpp"

namespace ability {

bool has_proxy_preface(const lane_context& where, const outbox::socket_type& socket) {
  if (!where.settings.proxy_protocol)
    return false;
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  return !error && where.settings.proxies.contain(peer.address().to_string());
}

void proxy_preface::start(lane_context& where, outbox::socket_type socket, opener open) {
  auto preface = std::make_shared<proxy_preface>(where, std::move(socket), std::move(open));
  where.lane.wheel().set(*preface, where.settings.handshake_timeout);
  preface->read();
}

proxy_preface::proxy_preface(lane_context& where, outbox::socket_type socket, opener open)
    : context_{where}, socket_{std::move(socket)}, open_{std::move(open)} {
  context_.stoppables.push_back(*this);
}

void proxy_preface::stop() {
  cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void proxy_preface::on_timer() { refuse("its PROXY header took too long"); }

void proxy_preface::wait() {
  socket_.async_wait(boost::asio::socket_base::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    if (!error && self->socket_.is_open())
      self->read();
  });
}

// Peeks first, to consume the header only: the bytes behind it, such as TLS, have other readers.
void proxy_preface::read() {
  std::array<char, max_proxy_header> bytes;
  const auto had = read_.size();
  const int descriptor = socket_.native_handle();
  const auto seen = ::recv(descriptor, bytes.data(), bytes.size() - had, MSG_PEEK | MSG_DONTWAIT);
  if (seen < 0 && (errno == EAGAIN || errno == EINTR)) {
    wait();
    return;
  }
  // Balancers may connect and close as a health check: not an error.
  if (seen <= 0 && had == 0) {
    stop();
    return;
  }
  if (seen <= 0) {
    refuse("it ended inside its PROXY header");
    return;
  }
  read_.append(bytes.data(), static_cast<std::size_t>(seen));
  auto header = decode_proxy_header(read_);
  if (header.state == proxy_header_state::malformed) {
    refuse(header.complaint);
    return;
  }
  const bool whole = header.state == proxy_header_state::whole;
  const auto taken = whole ? header.size - had : static_cast<std::size_t>(seen);
  ::recv(descriptor, bytes.data(), taken, MSG_DONTWAIT);
  if (!whole) {
    wait();
    return;
  }
  cancel();
  open_(std::move(socket_), std::move(header.source));
}

void proxy_preface::refuse(const char* why) {
  context_.home.counters.failed_auths.add();
  boost::system::error_code error;
  const auto peer = socket_.remote_endpoint(error);
  note_refusal(context_.home, refusal_reason::client_proxy, error ? "-" : peer.address().to_string(),
               std::string{why} + ": have it send the PROXY protocol, or start without --proxy-protocol");
  stop();
}

}  // namespace ability
