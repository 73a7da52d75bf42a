// Clients that come to a server, and what it pays for them.
#pragma once

#include "tests/bench/servers.hpp"

namespace ability::load {

/// How far a client goes.
enum class arrival {
  connect,        ///< until it is greeted (`abilityd`), or its handshake answered
  common_stream,  ///< until it follows a stream that all follow
  own_stream      ///< until it follows a stream that nobody else does
};

/// A server to which clients come, slice after slice. They stay.
class arrivals {
public:
  /// The first clients have come when this returns; what is done once is not the others' cost.
  arrivals(server_kind kind, const programs& where, arrival how_far);

  /// Throws if not all come in.
  void connect(std::size_t clients);

  double cpu_us() const { return cpu_ns_ / 1e3 / static_cast<double>(count_); }  ///< of the server, per client
  double per_second() const { return static_cast<double>(count_) * 1e9 / wall_ns_; }

private:
  running_server server_;
  ws_clients clients_;
  double cpu_ns_ = 0;
  double wall_ns_ = 0;
  std::size_t count_ = 0;
};

}  // namespace ability::load
