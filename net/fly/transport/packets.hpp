/// Helpers shared by the transports.
#pragma once

#include <string>
#include <string_view>

#include "protocol/fly/packet.hpp"
#include "protocol/text/host_port.hpp"

namespace ability::fly {

/// Calls `f(bytes)` with the bytes of each complete packet in `packets`. Works for each profile.
template <class F>
void for_each_packet(std::string_view packets, F&& f) {
  while (const auto found = first_packet(packets)) {
    f(packets.substr(0, size_of(*found)));
    packets.remove_prefix(size_of(*found));
  }
}

/// `127.0.0.1:5555` or `[::1]:5555`.
template <class Endpoint>
std::string text_of(const Endpoint& where) {
  return host_port(where.address().to_string(), where.port());
}

}  // namespace ability::fly
