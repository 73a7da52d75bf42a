/// The scripts by which Redis keeps sessions that nodes share.
#pragma once

#include <vector>

#include "protocol/redis_log/log_scripts.hpp"

namespace ability {

/// One of the scripts.
enum class session_script : std::uint8_t {
  keep,    ///< a session has lost its connection: it is kept until its time is over
  take,    ///< its client is back: it goes to the node that asks
  owe,     ///< a session has a connection: its end is owed to the application, whatever becomes of the node
  settle,  ///< that is no longer owed
  renew,   ///< the node is alive; sessions of nodes that are not become due
  reap,    ///< the time of sessions is over: the application is to be told of them
  end_of,  ///< sessions of an identity end
};

inline constexpr std::size_t session_scripts = 7;

const log_script& script_of(session_script which);

}  // namespace ability
