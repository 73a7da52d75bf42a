/// A configured address whose host is a name.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace ability {

/// The name is looked up again and again, and each of its addresses is dialled: any may be that of another node.
struct join_name {
  static constexpr std::size_t max_addresses = 64;   ///< of one name; more are left out
  static constexpr std::chrono::seconds again{30};   ///< between look-ups while there is a link
  static constexpr std::chrono::seconds soonest{5};  ///< the same, at the latest, while there is none

  std::string name;                         ///< `host:port`
  std::vector<std::string> addresses = {};  ///< `ip:port`, of the last look-up that found some
  bool under_way = false;                   ///< it is being looked up
  bool tried = false;                       ///< it was looked up, whatever came of it
  std::chrono::milliseconds delay{100};     ///< until the next look-up
  std::string logged = {};                  ///< what was said of it last
};

/// Whether the host of `host:port` is a name, not an IP address.
bool names_host(const std::string& address);

}  // namespace ability
