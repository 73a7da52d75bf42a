/// The vocabulary of monitoring: what the monitor asks the actors of its node, and what it tells visitors.
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

// -- records of connections
// ----------------------------------------------------------------------------------------------

/// Which connections are there? Those with the smallest sids behind `after`.
struct list_connections {
  std::string after;  ///< a sid; empty: from the first
  std::size_t limit;
};

/// Which connection has this sid?
struct find_connection {
  std::string sid;
};

/// In the order of their sids.
struct connection_page {
  struct entry {
    std::string sid;
    connection_actor connection;
  };
  std::vector<entry> entries;
};

/// Who are you?
struct describe_connection {
  bool with_subscriptions;
};

/// What a connection knows of itself.
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
  std::vector<subscription> subscriptions = {};  ///< if asked for, up to a megabyte of names
  client_traffic traffic = {};
};

// -- records of streams
// --------------------------------------------------------------------------------------------------

/// Which streams are there? Those with the smallest names behind `after` that contain `filter`. Answered after a look
/// at a bounded number of names, so that broadcasts need not wait.
struct list_streams {
  std::string after;
  std::string filter;
  std::size_t limit;
};

/// In the order of their names. Names up to `reached` were looked at; an empty one: all.
struct stream_page {
  struct entry {
    std::shared_ptr<const std::string> name;
    stream_actor stream;
  };
  std::vector<entry> entries;
  std::string reached;
};

/// How many follow you, and who? At most `limit` of them.
struct describe_stream {
  std::string name;  ///< for the directory
  std::size_t limit;
};

/// What a stream knows of itself. A stream that nobody follows is not there: `found` is false.
struct stream_facts {
  bool found = false;
  std::string name = {};
  std::size_t subscribers = 0;
  std::uint64_t gaps = 0;                        ///< how often broadcasts were lost on their way to this node
  std::uint64_t lost = 0;                        ///< how many, as far as it is known
  std::vector<connection_actor> followers = {};  ///< each as often as it follows
};

// -- visitors
// --------------------------------------------------------------------------------------------------------------

/// What a program may do.
struct visitor_rights {
  bool may_read = false;
  bool may_command = false;
};

/// A question or a command of a program.
struct ask_monitor {
  std::string verb;
  std::string arguments;  ///< JSON
  visitor_rights rights;
};

/// Its answer, as JSON; an error is JSON, too.
struct monitor_answer {
  std::string json;
};

/// The visitor's program wants the feed. Replaces what it wanted before. Answered by what the program is answered.
struct watch_node {
  visitor_actor visitor;
  std::chrono::milliseconds interval;  ///< between snapshots; 0: none
  std::uint32_t events;                ///< a bit for each `event_kind`
};

/// The visitor's program wants nothing any more.
struct unwatch_node {
  visitor_actor visitor;
};

/// Something for the program: `kind` is `snapshot` or `events`.
struct feed {
  std::string kind;
  std::shared_ptr<const std::string> json;  ///< shared by all visitors
};

/// A snapshot is due.
struct snapshot_due {
  std::uint64_t round;
};

/// Events have waited for others long enough.
struct events_due {};

/// Actors that were asked have had time enough to answer.
struct patience_over {
  std::uint64_t id;
};

/// A second or so has passed.
struct visitor_tick {};

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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::patience_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::visitor_tick)
