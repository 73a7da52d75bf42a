/// The messages of connections and their registries.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "actors/connection/client_session.hpp"
#include "actors/interfaces.hpp"
#include "actors/local_message.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/client/command.hpp"

namespace ability {

// -- client and connection ------------------------------------------------------------------------------------------

/// The client asks to be admitted.
struct start_handshake {
  using local_message = void;
  std::shared_ptr<const client_handshake> request;
};

/// The client sent a well-formed command. Answered by one `client_session::command_done()`.
struct client_said {
  using local_message = void;
  client_command command;
};

/// The client's socket is closed, and no further message comes from it. `reason` is shown to monitoring programs.
struct client_gone {
  using local_message = void;
  std::string reason = "client_gone";
  bool may_return = true;  ///< false: the client does not want its session back
};

// -- registry of connections ----------------------------------------------------------------------------------------

/// A connection was admitted.
struct connection_opened {
  using local_message = void;
  connection_actor connection;
  std::size_t identity_hash;
  std::string sid;
};

/// The connection ended.
struct connection_closed {
  using local_message = void;
  connection_actor connection;
  std::size_t identity_hash;
  std::string sid;
};

/// Disconnect every connection.
struct disconnect_all {
  using local_message = void;
  std::string reason;
  bool reconnect;
};

/// Disconnect every connection, a few at a time; the last one when `within` has passed.
struct drain_connections {
  using local_message = void;
  std::chrono::milliseconds within;
  bool reconnect;
};

/// Cancel the drain; new connections are no longer disconnected either.
struct cancel_drain {
  using local_message = void;
};

/// Disconnect the next connections of the drain.
struct drain_some {
  using local_message = void;
};

/// A connection has ended that was never admitted.
struct connection_refused {
  using local_message = void;
};

/// Release `until` once the lane has no connection. Replaces an earlier request.
struct await_no_connections {
  using local_message = void;
  bool entering_too;  ///< connections that wait for a decision on their admission count, too
  std::shared_ptr<void> until;
};

// -- queries --------------------------------------------------------------------------------------------------------

/// List the connections with the smallest sids behind `after`.
struct list_connections {
  using local_message = void;
  std::string after;  ///< a sid; empty: from the first
  std::size_t limit;
};

/// Find the connection with this sid.
struct find_connection {
  using local_message = void;
  std::string sid;
};

/// Connections in the order of their sids.
struct connection_page {
  using local_message = void;
  struct entry {
    std::string sid;
    connection_actor connection;
  };
  std::vector<entry> entries;
};

/// Describe the connection.
struct describe_connection {
  using local_message = void;
  bool with_subscriptions;
};

/// Facts that a connection knows about itself.
struct connection_facts {
  using local_message = void;
  struct subscription {
    std::string identifier;
    std::vector<std::string> streams;
  };
  std::string sid = {};
  std::string identity = {};
  std::string transport =
      {};  ///< `websocket`, `flyrpc_websocket`, `flyrpc_tcp`, `flyrpc_udp`; `closed`: its client has left
  std::chrono::duration<double> age{};  ///< seconds since its admission
  std::size_t subscription_count = 0;
  std::vector<subscription> subscriptions = {};  ///< if asked for; at most about 1 MB of names
  client_traffic traffic = {};
};

}  // namespace ability
