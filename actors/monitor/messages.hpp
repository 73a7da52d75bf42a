/// The messages of monitoring: queries to the actors of the node, and the messages of monitor sessions.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/connection/client_session.hpp"
#include "actors/interfaces.hpp"
#include "protocol/monitor/event_kind.hpp"

namespace ability {

// -- connections -------------------------------------------------------------------------------------------------

/// List the connections with the smallest sids behind `after`.
struct list_connections {
  std::string after;  ///< a sid; empty: from the first
  std::size_t limit;
};

/// Find the connection with this sid.
struct find_connection {
  std::string sid;
};

/// Connections in the order of their sids.
struct connection_page {
  struct entry {
    std::string sid;
    connection_actor connection;
  };
  std::vector<entry> entries;
};

/// Describe the connection.
struct describe_connection {
  bool with_subscriptions;
};

/// Facts that a connection knows about itself.
struct connection_facts {
  struct subscription {
    std::string identifier;
    std::vector<std::string> streams;
  };
  std::string sid = {};
  std::string identity = {};
  std::string transport =
      {};  ///< `websocket`, `flyrpc_websocket`, `flyrpc_tcp`, `flyrpc_udp`; `closed`: its client has left
  std::chrono::steady_clock::time_point since = {};
  std::size_t subscription_count = 0;
  std::vector<subscription> subscriptions = {};  ///< if asked for; at most about 1 MB of names
  client_traffic traffic = {};
};

// -- streams -----------------------------------------------------------------------------------------------------

/// List the streams with the smallest names behind `after` that contain `filter`. Answered after a bounded number of
/// names was checked, so that broadcasts need not wait.
struct list_streams {
  std::string after;
  std::string filter;
  std::size_t limit;
};

/// Streams in the order of their names. Names up to `reached` were checked; empty: all names.
struct stream_page {
  struct entry {
    std::shared_ptr<const std::string> name;
    stream_actor stream;
  };
  std::vector<entry> entries;
  std::string reached;
};

/// Describe the stream, with at most `limit` subscribers.
struct describe_stream {
  std::string name;  ///< used by the directory
  std::size_t limit;
};

/// Facts that a stream knows about itself. `found` is false for a stream without subscribers.
struct stream_facts {
  bool found = false;
  std::string name = {};
  std::size_t subscribers = 0;
  std::uint64_t gaps = 0;                        ///< times that broadcasts were lost on their way to this node
  std::uint64_t lost = 0;                        ///< lost broadcasts, as far as known
  std::vector<connection_actor> followers = {};  ///< one entry for each subscription
};

// -- monitor sessions --------------------------------------------------------------------------------------------

/// Rights of a program.
struct monitor_rights {
  bool may_read = false;
  bool may_command = false;
};

/// A query or a command of a program.
struct ask_monitor {
  std::string verb;
  std::string arguments;  ///< JSON
  monitor_rights rights;
};

/// The answer as JSON; an error is JSON, too.
struct monitor_answer {
  std::string json;
};

/// Subscribe the session's program to the feed, in place of an earlier wish. Answered with the program's answer.
struct watch_node {
  monitor_session_actor session;
  std::chrono::milliseconds interval;  ///< between snapshots; 0: none
  std::uint32_t events;                ///< a bit for each `event_kind`
};

/// Unsubscribe the session's program from the feed.
struct unwatch_node {
  monitor_session_actor session;
};

/// A feed message for the program; `kind` is `snapshot` or `events`.
struct feed {
  std::string kind;
  std::shared_ptr<const std::string> json;  ///< shared by all sessions
};

/// A snapshot is due.
struct snapshot_due {
  std::uint64_t round;
};

/// Send the gathered events.
struct events_due {};

/// Answer the question that the query was spawned for.
struct start_query {};

/// The timeout of the actors that were asked in this round has passed.
struct query_timeout {
  std::uint64_t round;
};

/// Periodic timer of a monitor session, about every second.
struct monitor_session_tick {};

}  // namespace ability

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::list_connections)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::find_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::connection_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::describe_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::connection_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::list_streams)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::stream_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::describe_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::stream_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::ask_monitor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::monitor_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::watch_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::unwatch_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::feed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::snapshot_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::events_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::start_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::query_timeout)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::monitor_session_tick)
