// Clients in a process of their own, to have more of them than one process may have sockets.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/bench/posix.hpp"
#include "tests/bench/ws_clients.hpp"

namespace ability::load {

/// A forked child with `count` clients of one server, all accepted when the constructor returns. REQUIRES that the
/// calling process has one thread.
class crowd {
public:
  /// Throws the child's error.
  crowd(const client_script& script, std::size_t count, std::size_t payload_bytes);
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd();

  /// Waits until all clients together have received `messages`, at most `limit_ms`; returns the number received.
  std::uint64_t await(std::uint64_t messages, int limit_ms);

private:
  pid_t child_ = -1;
  descriptor orders_;
  descriptor answers_;
};

}  // namespace ability::load
