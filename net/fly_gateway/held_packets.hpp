/// Packets of a client that has to wait.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/fly/packet.hpp"

namespace ability {

/// Holds those that were read together with the one that made the client wait; no more are read meanwhile.
class held_packets {
public:
  bool empty() const noexcept { return bytes_.empty(); }

  void add(const fly::packet& what) { append_packet(bytes_, what); }

  /// Calls `handle` for each packet, in order, while `may_go_on()` is true before it.
  template <class Condition, class Handle>
  void release(Condition may_go_on, Handle handle) {
    std::size_t done = 0;
    while (may_go_on()) {
      const auto next = fly::first_packet(std::string_view{bytes_}.substr(done));
      if (!next)
        break;
      done += size_of(*next);
      handle(*next);
    }
    if (done == bytes_.size())
      bytes_ = {};  // returns the memory
    else
      bytes_.erase(0, done);
  }

private:
  std::string bytes_;
};

}  // namespace ability
