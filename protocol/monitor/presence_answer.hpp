/// The answer to monitoring programs about the members of a stream, as JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ability {

struct presence_report {
  struct member {
    std::string id;
    std::string info;          ///< JSON; empty: none
    std::size_t sessions = 0;  ///< present ones, and those that may come back
    std::size_t away = 0;      ///< of them those that may come back
  };
  std::string name;                  ///< of the stream
  std::size_t total = 0;             ///< members
  std::size_t sessions = 0;          ///< of all members
  std::vector<member> members = {};  ///< some of them
};

/// Members that do not fit are left out, and so is an info of more than `max_shown` bytes.
std::string encode_presence(const presence_report& what);

}  // namespace ability
