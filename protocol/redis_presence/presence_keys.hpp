/// The keys of a stream's members in Redis.
#pragma once

#include <string>
#include <string_view>

#include "protocol/redis_log/log_keys.hpp"

namespace ability {

/// They have the hash tag of the stream's log, and share its channel.
struct presence_keys {
  presence_keys(std::string_view prefix, std::string_view stream, int database = 0)
      : who{stream_key(prefix, "who", stream)},
        due{stream_key(prefix, "due", stream)},
        channel{stream_channel(prefix, stream, database)} {}

  std::string who;  ///< hash: members by id, as `LIVE:ENDED:INFO`
  std::string due;  ///< sorted set: sessions as `SID|ID`, by the Unix time in milliseconds at which they are due
  std::string channel;
};

}  // namespace ability
