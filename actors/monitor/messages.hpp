/// The messages of the monitor, of monitor sessions and of queries.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/local_message.hpp"

namespace ability {

/// Rights of a program.
struct monitor_rights {
  bool may_read = false;
  bool may_command = false;
};

/// A query or a command of a program.
struct ask_monitor {
  using local_message = void;
  std::string verb;
  std::string arguments;  ///< JSON
  monitor_rights rights;
};

/// The answer as JSON; an error is JSON, too.
struct monitor_answer {
  using local_message = void;
  std::string json;
};

/// Subscribe the session's program to the feed, in place of an earlier wish. Answered with the program's answer.
struct watch_node {
  using local_message = void;
  monitor_session_actor session;
  std::chrono::milliseconds interval;  ///< between snapshots; 0: none
  std::uint32_t events;                ///< a bit for each `event_kind`
};

/// Unsubscribe the session's program from the feed.
struct unwatch_node {
  using local_message = void;
  monitor_session_actor session;
};

/// A feed message for the program; `kind` is `snapshot` or `events`.
struct feed {
  using local_message = void;
  std::string kind;
  std::shared_ptr<const std::string> json;  ///< shared by all sessions
};

/// A snapshot is due.
struct snapshot_due {
  using local_message = void;
  std::uint64_t round;
};

/// Send the gathered events.
struct events_due {
  using local_message = void;
};

/// Answer the question that the query was spawned for.
struct start_query {
  using local_message = void;
};

/// The timeout of the actors that were asked in this round has passed.
struct query_timeout {
  using local_message = void;
  std::uint64_t round;
};

/// Periodic timer of a monitor session, about every second.
struct monitor_session_tick {
  using local_message = void;
};

}  // namespace ability
