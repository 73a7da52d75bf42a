/// The messages of sessions without a connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/local_message.hpp"
#include "actors/node/session_refusal.hpp"
#include "actors/sessions/session_record.hpp"
#include "config/settings/session_settings.hpp"

namespace ability {

/// The connection of this session has ended, and its client may come back; or a client has gone before its session was
/// restored. `session` is the receiver's from now on.
struct keep_session {
  using local_message = void;
  session_ptr session;
};

/// A client wants its session back. Answered in a bounded time.
struct take_session {
  using local_message = void;
  session_claim claim;
};

/// The session, which is the asker's from now on; null: it is refused.
struct session_taken {
  using local_message = void;
  session_ptr session = {};
  session_refusal why = session_refusal::unknown;  ///< used if it is refused
};

/// The session's client is back on another connection: if the claim fits, end and have the session kept. Answered by
/// `session_searched`.
struct surrender_session {
  using local_message = void;
  session_claim claim;
  sessions_actor to;
  std::uint64_t search;  ///< number for the answer
};

/// The client of this connection, on the receiver's lane, has its session back and is to ask for its history: send
/// `follow_awaited` to the connection after `history_awaited`.
struct await_history {
  using local_message = void;
  connection_actor connection;
};

/// The first of the clients that are awaited has had its time.
struct histories_due {
  using local_message = void;
};

/// A session has a connection: if the application is owed a `disconnect`, nodes that share sessions are to know of it.
struct register_session {
  using local_message = void;
  std::string sid;
  session_ptr session;   ///< a copy; null: nothing is owed
  std::string replaced;  ///< sid by which it was taken; empty: none
};

/// True if another node can have the session, should this one end.
struct session_registered {
  using local_message = void;
  bool is_held;
};

/// Another node has a client that wants the session of a connection here, and has checked its claim.
struct session_wanted {
  using local_message = void;
  std::string sid;
};

/// The application was told of the end of a session, or the call was dropped.
struct session_told {
  using local_message = void;
  std::string sid;
  bool was_made;
};

/// The vault has answered a question.
struct vault_answered {
  using local_message = void;
  std::function<void()> take;
};

/// It is time to look after shared sessions.
struct vault_tick {
  using local_message = void;
  bool is_timer = false;  ///< false: the vault is there now
};

/// All connections are to register their sessions again.
struct register_sessions {
  using local_message = void;
};

/// The session of this connection, on the receiver's lane, has changed: send it `session_changed` soon.
struct session_changing {
  using local_message = void;
  connection_actor connection;
};

/// Changes of the session of a connection are to be told, or it is to be registered again.
struct session_changed {
  using local_message = void;
};

/// The client of a restored session has had time to ask for its history: follow the rest of its streams.
struct follow_awaited {
  using local_message = void;
};

/// Outcome of a search for the open connection of a session.
enum class session_search : std::uint8_t {
  nothing,      ///< it is not there
  foreign,      ///< the claim does not fit it
  surrendered,  ///< it ends, and will have the session kept
};

/// A registry has no connection of the session, or its connection has decided.
struct session_searched {
  using local_message = void;
  std::string sid;
  std::uint64_t search;  ///< that it was asked in: an earlier one for the same sid may have ended
  session_search outcome;
};

/// A record or the wait for a connection is due, or settings have changed.
struct sessions_due {
  using local_message = void;
};

/// End all sessions, and those that come later.
struct end_sessions {
  using local_message = void;
};

/// The application will be told of all of them.
struct sessions_ended {
  using local_message = void;
};

/// Count the sessions.
struct describe_sessions {
  using local_message = void;
};

/// The sessions of one lane. Ages count from the end of a connection.
struct sessions_facts {
  using local_message = void;
  std::size_t kept = 0;
  std::size_t bytes = 0;
  std::optional<session_settings> bounds = {};                     ///< of the node; none: no session is kept
  std::optional<std::chrono::steady_clock::duration> oldest = {};  ///< none: none is kept
  std::optional<std::chrono::steady_clock::duration> newest = {};
  std::optional<std::uint64_t> shared = {};  ///< those of all nodes in the vault; none: unknown to this lane
};

}  // namespace ability
