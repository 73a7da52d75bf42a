/// The answers of the scripts of shared sessions.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

/// False: the session is another node's by now, or has ended.
redis_result<bool> read_done(const redis_value& answer);

/// The answer to a claim.
struct session_found {
  enum class outcome : std::uint8_t {
    found,    ///< it is the asker's from now on
    unknown,  ///< there is none
    foreign,  ///< the claim does not fit it
    open,     ///< it has a connection at another node, which was asked for it
  };
  outcome what = outcome::unknown;
  std::string body = {};  ///< if it was found
};

redis_result<session_found> read_found(const redis_value& answer);

/// The answer to a sign of life.
struct sessions_shared {
  bool had_lease = false;   ///< false: the node is new, or was taken to be dead, or Redis has lost it
  std::uint64_t freed = 0;  ///< sessions of a dead node that are without a node now
  std::uint64_t due = 0;    ///< sessions without a connection
  std::uint64_t all = 0;
};

redis_result<sessions_shared> read_shared(const redis_value& answer);

/// Sessions whose time is over.
struct sessions_reaped {
  std::uint64_t ended = 0;                                     ///< they are owed nothing, and are gone
  std::vector<std::pair<std::string, std::string>> owed = {};  ///< sid and body
};

redis_result<sessions_reaped> read_reaped(const redis_value& answer);

/// The sid behind which to go on; empty: that was all.
redis_result<std::string> read_ended(const redis_value& answer);

}  // namespace ability
