#include "tests/bench/fly_swarm.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "protocol/fly/helo.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability::load {

namespace {

constexpr std::size_t at_once = 200;  // handshakes
constexpr std::int64_t patience_ms = 10'000;

}  // namespace

fly_swarm::fly_swarm(std::uint16_t port) : port_{port}, epoll_{::epoll_create1(EPOLL_CLOEXEC)} {}

void fly_swarm::connect(std::size_t count) {
  clients_.reserve(clients_.size() + count);
  const auto all = clients_.size() + count;
  while (welcomed_ < all) {
    const auto before = welcomed_;
    while (clients_.size() < all && clients_.size() < welcomed_ + at_once)
      begin();
    if (!run_until([&] { return welcomed_ > before; }, patience_ms))
      throw std::runtime_error{std::to_string(welcomed_) + " of " + std::to_string(all) + " FlyRPC clients came in"};
  }
}

void fly_swarm::begin() {
  auto& added = clients_.emplace_back(client{connect_to(port_), fly::packet_reader{}});
  const int fd = added.socket.get();
  const linger reset{1, 0};  // otherwise the ports of many clients would be blocked for a minute
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = clients_.size() - 1;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    fail_errno("cannot watch a socket");
  static const auto helo = fly::encode_helo(fly::helo_request{.ack = true});
  send(clients_.size() - 1, {.type = fly::subtype::helo, .buffer = helo});
}

void fly_swarm::send(std::size_t which, const fly::packet& what) {
  std::string bytes;
  append_packet(bytes, what);
  send_all(clients_[which].socket.get(), bytes);
}

bool fly_swarm::run_until(const std::function<bool()>& done, std::int64_t limit_ms) {
  std::array<epoll_event, 256> events;
  for (const auto deadline = now_ns() + limit_ms * 1'000'000; !done();) {
    throw_if_interrupted();
    const auto left = (deadline - now_ns()) / 1'000'000;
    if (left <= 0)
      return false;
    const int n = ::epoll_wait(epoll_.get(), events.data(), events.size(), static_cast<int>(left));
    for (int i = 0; i < n; ++i)
      read(clients_[events[static_cast<std::size_t>(i)].data.u64]);
    if (!refused_.empty())
      throw std::runtime_error{"a FlyRPC client was refused: " + refused_};
  }
  return true;
}

void fly_swarm::read(client& from) {
  std::array<char, 16'384> bytes;
  const auto got = ::recv(from.socket.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) {
    refused_ = "the connection was closed";
    return;
  }
  from.reader.feed({bytes.data(), static_cast<std::size_t>(got)}, [this](const fly::packet& what) {
    if (what.type != fly::subtype::helo)
      ++received_;
    else if (what.has(fly::helo_option::error))
      refused_ = to_string(fly::decode_error(what.buffer));
    else
      ++welcomed_;
    return true;
  });
}

}  // namespace ability::load
