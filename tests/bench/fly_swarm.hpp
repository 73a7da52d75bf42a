// Many FlyRPC clients over TCP: one epoll, one thread, and no more memory than a socket and a reader each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/fly/packet.hpp"
#include "tests/bench/posix.hpp"

namespace ability::load {

/// Clients of 127.0.0.1. They count received packets, and answer none.
class fly_swarm {
public:
  explicit fly_swarm(std::uint16_t port);

  /// Adds `count` clients, some at a time; each sends Helo and waits for the reply. Throws if one is refused, or if no
  /// client makes progress for 10 s.
  void connect(std::size_t count);

  std::size_t size() const { return clients_.size(); }
  /// Number of packets received by all clients, Helos excluded.
  std::uint64_t received() const { return received_; }

  void send(std::size_t which, const fly::packet& what);

  /// Receives packets until `done()`, checked after each turn; false if that takes longer than `limit_ms`.
  bool run_until(const std::function<bool()>& done, std::int64_t limit_ms);

private:
  struct client {
    descriptor socket;
    fly::packet_reader reader;
  };

  void begin();
  void read(client& from);

  std::uint16_t port_;
  descriptor epoll_;
  std::vector<client> clients_;
  std::size_t welcomed_ = 0;
  std::uint64_t received_ = 0;
  std::string refused_;
};

}  // namespace ability::load
