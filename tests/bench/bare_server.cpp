// The floor that every server is measured against: accept, and `send()` the same bytes to every socket. One thread, no
// framing, no names, no bounds. The client of the control port sets the bytes to send:
//   bench → bare server   length (u32, host order), then that many bytes: ready-made frames
//   bare server → bench   duration of the loop over all sockets (u64 nanoseconds, host order)

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/load/run/machine.hpp"
#include "tests/bench/posix.hpp"
#include "tests/bench/wire.hpp"

namespace ability::load {

/// The whole server: subscribers by descriptor, and the loop.
class bare_server {
public:
  bare_server(std::uint16_t clients_port, std::uint16_t control_port)
      : clients_{listen_on(clients_port)}, control_{listen_on(control_port)}, epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
    watch_input(epoll_, clients_);
    watch_input(epoll_, control_);
  }

  void run() {
    std::vector<epoll_event> events(512);
    for (;;) {
      throw_if_interrupted();
      const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i)
        on_readable(events[static_cast<std::size_t>(i)].data.fd);
    }
  }

private:
  void on_readable(int fd) {
    if (fd == clients_.get()) {
      accept_clients();
    } else if (fd == control_.get()) {
      publisher_ = descriptor{::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC)};
      no_delay(publisher_.get());
      watch_input(epoll_, publisher_);
    } else if (fd == publisher_.get()) {
      send_to_all();
    } else {
      read_client(fd);
    }
  }

  void accept_clients() {
    for (;;) {
      descriptor client{::accept4(clients_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!client)
        return;
      no_delay(client.get());
      watch_input(epoll_, client);
      waiting_.emplace(client.get(), std::string{});
      sockets_.emplace(client.get(), std::move(client));
    }
  }

  static void no_delay(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void read_client(int fd) {
    char bytes[4096];
    const auto n = ::recv(fd, bytes, sizeof bytes, 0);
    if (n <= 0) {
      std::erase(subscribers_, fd);
      waiting_.erase(fd);
      sockets_.erase(fd);
      return;
    }
    const auto waiting = waiting_.find(fd);
    if (waiting == waiting_.end())
      return;
    waiting->second.append(bytes, static_cast<std::size_t>(n));
    if (waiting->second.find("\r\n\r\n") == std::string::npos)
      return;
    waiting_.erase(waiting);
    send_all(fd,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                 std::string{handshake_accept} + "\r\n\r\n");
    subscribers_.push_back(fd);
  }

  void send_to_all() {
    std::uint32_t size = 0;
    if (::recv(publisher_.get(), &size, sizeof size, MSG_WAITALL) != sizeof size) {
      publisher_.reset();
      return;
    }
    bytes_.resize(size);
    ::recv(publisher_.get(), bytes_.data(), size, MSG_WAITALL);
    const auto start = now_ns();
    for (const int fd : subscribers_)
      ::send(fd, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);  // bytes beyond a full socket are lost
    const auto took = static_cast<std::uint64_t>(now_ns() - start);
    send_all(publisher_.get(), {reinterpret_cast<const char*>(&took), sizeof took});
  }

  descriptor clients_;
  descriptor control_;
  descriptor epoll_;
  descriptor publisher_;
  std::unordered_map<int, descriptor> sockets_;
  std::unordered_map<int, std::string> waiting_;  // requests that are not complete
  std::vector<int> subscribers_;
  std::string bytes_;
};

}  // namespace ability::load

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bare_server CLIENTS_PORT CONTROL_PORT\n";
    return 2;
  }
  try {
    ability::load::catch_signals();
    ability::load::raise_open_files();
    ability::load::bare_server{static_cast<std::uint16_t>(std::atoi(argv[1])),
                               static_cast<std::uint16_t>(std::atoi(argv[2]))}
        .run();
  } catch (const ability::load::interrupted&) {
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bare_server: " << e.what() << '\n';
    return 1;
  }
}
