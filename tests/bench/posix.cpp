#include "tests/bench/posix.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>
#include <ctime>
#include <system_error>

namespace ability::load {

namespace {

volatile std::sig_atomic_t signalled = 0;

void on_signal(int) { signalled = 1; }

std::int64_t read_clock(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

void fail_errno(const std::string& what) { throw std::system_error{errno, std::generic_category(), what}; }

void descriptor::reset() {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

void throw_if_interrupted() {
  if (signalled != 0)
    throw interrupted{};
}

void sleep_ms(std::int64_t milliseconds) {
  const auto end = now_ns() + milliseconds * 1'000'000;
  for (;;) {
    throw_if_interrupted();
    const auto left = end - now_ns();
    if (left <= 0)
      return;
    const timespec t{left / 1'000'000'000, left % 1'000'000'000};
    ::nanosleep(&t, nullptr);
  }
}

std::int64_t now_ns() { return read_clock(CLOCK_MONOTONIC); }

std::int64_t own_cpu_ns() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

std::uint16_t free_port() {
  descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail_errno("cannot find a free port");
  return ntohs(address.sin_port);
}

descriptor listen_on(std::uint16_t port) {
  descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto address = loopback(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 4096) != 0)
    fail_errno("cannot listen on port " + std::to_string(port));
  return fd;
}

descriptor try_connect(std::uint16_t port) {
  descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {};
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{5, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

descriptor connect_to(std::uint16_t port) {
  auto fd = try_connect(port);
  if (!fd)
    fail_errno("cannot connect to port " + std::to_string(port));
  return fd;
}

void watch_input(const descriptor& epoll, const descriptor& fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd.get();
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0)
    fail_errno("cannot watch a socket");
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      throw_if_interrupted();
      pollfd wait{fd, POLLOUT, 0};
      if (::poll(&wait, 1, 5'000) == 0)
        throw std::runtime_error{"the server has not read for 5 s"};
    } else if (errno != EINTR) {
      fail_errno("cannot send");
    }
  }
}

}  // namespace ability::load
