/// The tunnel connection of one monitoring program, as its monitor session sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/peer_network.hpp"

namespace ability {

/// The test plays the network, and sends the monitor session `peer_connection_closed`.
class program_connection final : public peer_connection {
public:
  std::uint64_t sent = 0;  ///< bytes that the network has accepted
  std::size_t handled = 0;
  std::size_t admitted = 0;         ///< number of calls of `admit`
  bool has_room = true;             ///< for one more program
  std::vector<std::string> closed;  ///< reasons; more than one is misuse

  const std::string& peer() const override { return peer_; }
  std::uint64_t bytes_sent() const override { return sent; }
  void message_handled() override { ++handled; }
  bool admit() override {
    ++admitted;
    return has_room;
  }
  void close(std::string_view why) override { closed.emplace_back(why); }

private:
  std::string peer_ = "127.0.0.1:9";
};

}  // namespace ability
