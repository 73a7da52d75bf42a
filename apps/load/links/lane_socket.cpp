#include "apps/load/links/lane_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace ability::load {

namespace {

using boost::asio::ip::tcp;

constexpr int reads_per_turn = 8;  // then other sockets get their turn

void reset(int socket) noexcept {
  const linger at_once{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket);
}

}  // namespace

std::string reason_of(int error) {
  switch (error) {
    case 0:
      return "connection closed";
    case ECONNREFUSED:
      return "connection refused";
    case ECONNRESET:
    case EPIPE:
      return "connection reset";
    case ETIMEDOUT:
      return "timed out";
    case EADDRNOTAVAIL:
      return "no free port";
    case EMFILE:
    case ENFILE:
      return "too many open files";
    default:
      return std::generic_category().message(error);
  }
}

lane_socket::~lane_socket() { drop(); }

void lane_socket::drop() noexcept {
  if (gone_ != nullptr)
    *std::exchange(gone_, nullptr) = true;
  unlink();
  if (socket_ >= 0) {
    watch_.forget(*this, socket_);
    reset(std::exchange(socket_, -1));
  }
  state_ = state::closed;
  tls_ = nullptr;
  failure_ = nullptr;
  wants_write_ = false;
  out_.clear();
}

// -- connect ---

void lane_socket::connect(const route& how) {
  drop();
  route_ = how;
  next_address_ = 0;
  try_next(EADDRNOTAVAIL);
}

void lane_socket::try_next(int last_error) {
  if (socket_ >= 0) {
    watch_.forget(*this, socket_);
    ::close(std::exchange(socket_, -1));
  }
  while (next_address_ < route_.to->addresses.size()) {
    const tcp::endpoint to{route_.to->addresses[next_address_++], route_.to->port};
    const bool v4 = to.address().is_v4();
    const int made = ::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0)
      return fail_later(reason_of(errno));
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (v4 && to.address().is_loopback() && !route_.from.is_unspecified()) {
      // Have the system choose the port at connect time, by the destination.
      ::setsockopt(made, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
      const tcp::endpoint from{route_.from, 0};
      // If it fails, the source is 127.0.0.1, as by default.
      static_cast<void>(::bind(made, from.data(), static_cast<socklen_t>(from.size())));
    }
    if (::connect(made, to.data(), static_cast<socklen_t>(to.size())) == 0 || errno == EINPROGRESS) {
      if (watch_.add(*this, made, true)) {
        socket_ = made;
        state_ = state::connecting;
        wants_write_ = true;
        return;
      }
    }
    last_error = errno;
    ::close(made);
  }
  fail_later(reason_of(last_error));
}

int lane_socket::take_error() const noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

void lane_socket::finish_connecting() {
  if (const int error = take_error(); error != 0)
    return try_next(error);
  if (route_.tls == nullptr)
    return opened();
  tls_ = std::make_unique<fly::tls_session>(*route_.tls, socket_, route_.to->host);
  state_ = state::securing;
  secure();
}

void lane_socket::secure() {
  switch (tls_->handshake()) {
    case fly::step::done:
      return opened();
    case fly::step::want_read:
    case fly::step::want_write:
      return;
    default:
      return fail("TLS: " + tls_->complaint());
  }
}

void lane_socket::opened() {
  state_ = state::open;
  bool gone = false;
  gone_ = &gone;
  user_.on_open();
  if (gone)
    return;
  gone_ = nullptr;
  flush();
  if (tls_ != nullptr)
    watch_.again(*this);  // TLS may have buffered bytes
}

// -- readiness ---

void lane_socket::on_ready(bool ended, bool broken) {
  if (failure_ != nullptr && state_ != state::open)
    return fail(std::string{*failure_});
  if (state_ == state::connecting)
    return finish_connecting();
  if (state_ == state::securing)
    return secure();
  if (!out_.empty())
    flush();
  if (paused_ && failure_ == nullptr)
    return broken ? fail(reason_of(take_error())) : void();
  // Read first: the data may contain the reason for the break.
  if (!receive(ended || tls_ != nullptr || failure_ != nullptr))
    return;
  if (failure_ != nullptr)
    fail(std::string{*failure_});
  else if (paused_ && broken)  // epoll reports it only once
    fail(reason_of(take_error()));
}

// False: the socket is closed or destroyed.
bool lane_socket::receive(bool to_the_end) {
  for (int i = 0; i < reads_per_turn; ++i) {
    const auto buffer = watch_.buffer();
    std::string why;
    const auto got = read_some(buffer, why);
    if (got < 0) {
      fail(why);
      return false;
    }
    if (got == 0)
      return true;
    const auto size = static_cast<std::size_t>(got);
    bool gone = false;
    gone_ = &gone;
    user_.on_input({buffer.data(), size});
    if (gone)
      return false;
    gone_ = nullptr;
    if (paused_ || (size < buffer.size() && !to_the_end))
      return true;
  }
  watch_.again(*this);
  return true;
}

// Returns the number of bytes; 0 if there are none now; negative, with `why`, at the end.
long lane_socket::read_some(std::span<char> into, std::string& why) {
  if (tls_ != nullptr) {
    std::size_t moved = 0;
    switch (tls_->read(into, moved)) {
      case fly::step::done:
        return static_cast<long>(moved);
      case fly::step::want_read:
      case fly::step::want_write:
        return 0;
      case fly::step::end_of_file:
        why = reason_of(0);
        return -1;
      case fly::step::failed:
        why = tls_->complaint().empty() ? reason_of(ECONNRESET) : "TLS: " + tls_->complaint();
        return -1;
    }
  }
  const auto got = ::recv(socket_, into.data(), into.size(), 0);
  if (got > 0)
    return got;
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  why = reason_of(got == 0 ? 0 : errno);
  return -1;
}

void lane_socket::write(std::string_view bytes) {
  if (failure_ != nullptr)
    return;
  const bool idle = out_.empty();
  out_ += bytes;
  if (idle && state_ == state::open)
    flush();
}

void lane_socket::flush() {
  std::size_t sent = 0;
  while (sent < out_.size() && state_ == state::open && failure_ == nullptr) {
    const auto left = std::string_view{out_}.substr(sent);
    if (tls_ != nullptr) {
      std::size_t moved = 0;
      const auto outcome = tls_->write(left, moved);
      if (outcome == fly::step::failed || outcome == fly::step::end_of_file)
        fail_later(reason_of(ECONNRESET));
      if (outcome != fly::step::done)
        break;
      sent += moved;
    } else {
      const auto put = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
      if (put < 0 && errno != EAGAIN && errno != EINTR)
        fail_later(reason_of(errno));
      if (put < 0)
        break;
      sent += static_cast<std::size_t>(put);
    }
  }
  out_.erase(0, sent);
  if (out_.empty() && out_.capacity() > 4'096)
    out_.shrink_to_fit();
  if (state_ == state::open && !out_.empty() != wants_write_) {
    wants_write_ = !out_.empty();
    watch_.change(*this, socket_, wants_write_);
  }
}

void lane_socket::resume() {
  if (std::exchange(paused_, false) && socket_ >= 0)
    watch_.again(*this);
}

// -- end ---

void lane_socket::fail_later(std::string why) {
  failure_ = std::make_unique<std::string>(std::move(why));
  watch_.again(*this);
}

void lane_socket::fail(const std::string& why) {
  drop();
  user_.on_broken(why);
}

void lane_socket::leave(departures& into) {
  if (state_ != state::open || failure_ != nullptr || !out_.empty())
    return drop();
  if (tls_ != nullptr)
    tls_->say_goodbye();
  tls_ = nullptr;
  watch_.forget(*this, socket_);
  into.take(std::exchange(socket_, -1));
  drop();
}

}  // namespace ability::load
