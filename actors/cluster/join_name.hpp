/// A configured address whose host is a name.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace ability {

/// The name is looked up periodically. Each of its addresses is dialled, as each may belong to another node.
struct join_name {
  static constexpr std::size_t max_addresses = 64;   ///< per name; more are ignored
  static constexpr std::chrono::seconds again{30};   ///< interval of look-ups while there is a link
  static constexpr std::chrono::seconds soonest{5};  ///< longest interval while there is no link

  std::string name;                         ///< `host:port`
  std::vector<std::string> addresses = {};  ///< `ip:port`, from the last look-up that found any
  bool under_way = false;                   ///< a look-up is under way
  bool tried = false;                       ///< a look-up has ended, with any result
  std::chrono::milliseconds delay{100};     ///< until the next look-up
  std::string logged = {};                  ///< last message logged about the name
};

/// True if the host of `host:port` is a name, not an IP address.
bool names_host(const std::string& address);

}  // namespace ability
