#include "tests/bench/bare_callers.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/posix.hpp"

namespace ability::load {

namespace {

// A request as long as abilityd's call for a client.
std::string request() {
  static constexpr std::size_t body = 250;
  return "POST /connect HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" +
         std::string(body, ' ');
}

}  // namespace

double bare_calls_per_s(std::uint16_t port, std::size_t at_a_time, std::size_t calls) {
  const descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<descriptor> connections;
  for (std::size_t i = 0; i < at_a_time; ++i)
    watch_input(epoll, connections.emplace_back(connect_to(port)));
  const auto question = request();
  const auto start = now_ns();
  std::size_t sent = 0;
  for (const auto& each : connections)
    if (sent++ < calls)
      send_all(each.get(), question);
  std::vector<epoll_event> events(at_a_time);
  for (std::size_t answered = 0; answered < calls;) {
    throw_if_interrupted();
    const int n = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      char answer[4096];  // holds a whole answer: bare_app sends each with one send()
      if (::recv(fd, answer, sizeof answer, 0) <= 0)
        throw std::runtime_error{"bare_app closed a connection"};
      ++answered;
      if (sent++ < calls)
        send_all(fd, question);
    }
  }
  return static_cast<double>(calls) * 1e9 / static_cast<double>(now_ns() - start);
}

}  // namespace ability::load
