// Clients that connect to a server, and their CPU cost there.
#pragma once

#include "tests/bench/servers.hpp"

namespace ability::load {

/// The last step of a client's arrival.
enum class arrival {
  connect,        ///< the greeting (`abilityd`), or the reply to its handshake
  common_stream,  ///< a subscription to a stream that all clients follow
  own_stream      ///< a subscription to a stream that no other client follows
};

/// A server to which clients connect, slice after slice. They stay connected.
class arrivals {
public:
  /// Connects the first clients, so that one-time costs are not counted for the others.
  arrivals(server_kind kind, const programs& where, arrival how_far);

  /// Throws unless all clients are accepted.
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
