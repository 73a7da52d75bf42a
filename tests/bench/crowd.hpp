// Clients in a process of their own, for more of them than one process may have sockets.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/bench/posix.hpp"
#include "tests/bench/ws_clients.hpp"

namespace ability::load {

/// A forked child with `count` clients of one server, all let in when the constructor returns. The calling process has
/// one thread.
class crowd {
public:
  /// Throws what went wrong in the child.
  crowd(const client_script& script, std::size_t count, std::size_t payload_bytes);
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd();

  /// Waits until all clients together got so many messages, at most `limit_ms`; tells how many they got.
  std::uint64_t await(std::uint64_t messages, int limit_ms);

private:
  pid_t child_ = -1;
  descriptor orders_;
  descriptor answers_;
};

}  // namespace ability::load
