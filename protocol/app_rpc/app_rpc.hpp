/// What the daemon asks the application server, and what that answers, whatever carries it.
/// Source: docs/protocols/app-rpc.md "Questions".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ability {

/// Named texts: headers, states.
using text_map = std::map<std::string, std::string, std::less<>>;

/// The version of the protocol, sent with every call.
inline constexpr std::string_view rpc_protocol_version = "v1";

/// What a client says of itself before it is let in.
struct client_handshake {
  std::string url;    ///< absolute
  text_map headers;   ///< lower-case names; those that the application gets to see
  std::string token;  ///< a JSON Web Token; empty: none
};

/// What can be asked.
enum class rpc_method : std::uint8_t { connect, command, disconnect };

/// `connect`, `command` or `disconnect`.
std::string_view name_of(rpc_method method) noexcept;

/// Who the client is, as the application is told on every call.
struct rpc_env {
  std::string url;              ///< absolute, of the client's handshake
  text_map headers;             ///< lower-case names; those that are forwarded
  text_map connection_state;    ///< `cstate`: what the application wants remembered of the connection
  text_map subscription_state;  ///< `istate`: of the subscription; for `disconnect` identifier → JSON text of its state
};

/// One question.
struct rpc_request {
  rpc_method method = rpc_method::connect;
  std::string sid;                              ///< of the session
  std::string identity = {};                    ///< connection identifiers; not for `connect`
  std::string command = {};                     ///< `subscribe`, `unsubscribe` or `message`; only for `command`
  std::string identifier = {};                  ///< of the subscription; only for `command`
  std::string data = {};                        ///< of the client's message
  std::vector<std::string> subscriptions = {};  ///< identifiers; only for `disconnect`
  rpc_env env = {};
};

/// What the application made of it. The numbers are those on the wire.
enum class rpc_status : std::uint8_t { error = 0, success = 1, failure = 2 };

/// `error`, `success` or `failure`.
std::string_view name_of(rpc_status status) noexcept;

/// One answer. What a method has no use for is empty.
struct rpc_reply {
  rpc_status status = rpc_status::error;
  std::string identity = {};                    ///< of a connection that is let in
  std::vector<std::string> transmissions = {};  ///< frames for the client, passed through untouched, in this order
  std::vector<std::string> streams = {};        ///< the subscription follows these from now on
  std::vector<std::string> stopped_streams = {};
  bool stop_streams = false;  ///< the subscription follows none of the streams it did
  bool disconnect = false;    ///< close the connection when all else is done
  std::string error_message = {};
  text_map connection_state = {};  ///< changes, see `merge_state`
  text_map subscription_state = {};
};

/// Takes over what an answer changes: an empty text deletes its key.
void merge_state(text_map& into, const text_map& changes);

/// Why there is no answer.
enum class rpc_failure : std::uint8_t {
  unavailable,   ///< the application was not reached: it has not seen the call, which may be made again
  exhausted,     ///< the application asks to be called later
  timed_out,     ///< no answer in time
  unauthorized,  ///< the application does not accept our secret, or we not its certificate
  invalid,       ///< the application cannot read the call
  broken,        ///< the answer makes no sense, or broke off
  refused,       ///< not even tried: too many calls wait, or too many failed lately
};

/// `unavailable`, `exhausted`, ... as in logs and metrics.
std::string_view name_of(rpc_failure why) noexcept;

/// Why there is no answer, for logs.
struct rpc_error {
  rpc_failure why;
  std::string detail;
};

/// How a call ended.
using rpc_outcome = std::variant<rpc_reply, rpc_error>;

}  // namespace ability
