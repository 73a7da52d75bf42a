/// The address of a Redis server.
#pragma once

#include <cstdint>
#include <string>

namespace ability {

struct redis_address {
  std::string host = {};  ///< a name or an IP address; an IPv6 address without its brackets
  std::uint16_t port = 6379;

  friend auto operator<=>(const redis_address&, const redis_address&) = default;
};

}  // namespace ability
