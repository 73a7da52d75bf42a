/// Commands that run the scripts of shared sessions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/redis_log/log_commands.hpp"
#include "protocol/redis_sessions/session_keys.hpp"
#include "protocol/redis_sessions/session_scripts.hpp"

namespace ability {

/// Number of characters of a node's name, and of a digest.
inline constexpr std::size_t session_node_size = 16;
inline constexpr std::size_t session_digest_size = 32;

/// Characters of `SHA-256` by which credentials and identities are compared.
std::string session_digest(std::string_view of);

/// The time for which a node is taken to be alive without a sign of life, and for telling the application of a session.
inline constexpr std::chrono::milliseconds session_node_lease{15'000};
inline constexpr std::chrono::milliseconds session_telling{60'000};
inline constexpr std::size_t session_batch = 100;                         ///< sessions of one `renew` or `reap`
inline constexpr std::size_t session_batch_bytes = std::size_t{1} << 20;  ///< of one `reap`, and one session more
inline constexpr std::size_t session_identity_batch = 1'000;              ///< sessions of one `end_of`

/// The node that asks, as all commands name it.
struct session_caller {
  const session_keys& keys;
  std::string_view node;  ///< `session_node_size` characters, none of which is `:`
  std::chrono::milliseconds ttl{};
  std::chrono::milliseconds lease = session_node_lease;
};

/// A session as it is kept.
struct packed_session {
  std::string_view sid;
  std::string_view credential;  ///< digests
  std::string_view identity;
  bool is_owed = false;  ///< the application is to be told of its end
  std::string_view body = {};
};

/// Runs one script.
struct session_command {
  session_script script;
  std::vector<std::string> words;  ///< keys and arguments

  std::string bytes(script_form form) const;
};

/// `is_repeat`: an earlier attempt may have been run by this server.
session_command keep_command(const session_caller& by, const packed_session& what, bool is_repeat);

/// Has a session that is the caller's kept as it is.
session_command release_command(const session_caller& by, std::string_view sid);

/// `identity`: its digest; empty: any fits. `sharded`: nodes use `SSUBSCRIBE`.
session_command take_command(const session_caller& by, std::string_view sid, std::string_view credential,
                             std::string_view identity, bool sharded = false);

/// `what`: null if nothing is owed. `replaced`: the sid by which the session was taken; empty: none.
session_command owe_command(const session_caller& by, std::string_view sid, const packed_session* what,
                            std::string_view replaced);

session_command settle_command(const session_caller& by, std::string_view sid);
session_command renew_command(const session_caller& by);

/// `can_tell`: this node has an application.
session_command reap_command(const session_caller& by, bool can_tell,
                             std::chrono::milliseconds telling = session_telling);

/// `behind`: sid behind which to go on; empty: from the first one.
session_command end_of_command(const session_caller& by, std::string_view identity, std::string_view behind,
                               std::size_t most = session_identity_batch);

}  // namespace ability
