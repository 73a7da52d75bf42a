/// Calls to the application and its replies, independent of the carrier.
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

/// Map of texts: headers, states.
using text_map = std::map<std::string, std::string, std::less<>>;

/// The version of the protocol, sent with every call.
inline constexpr std::string_view rpc_protocol_version = "v1";

/// A client's request to connect, before it is admitted.
struct client_handshake {
  std::string url;                 ///< absolute
  text_map headers;                ///< lower-case names; only those forwarded to the application
  std::string token;               ///< a JSON Web Token; empty: none
  std::string origin = {};         ///< header Origin; empty: none
  std::string earlier_sid = {};    ///< the client wants this session back; empty: none
  bool keeps_sessions = false;     ///< its protocol can restore sessions
  std::string bound_cookies = {};  ///< digest of the cookies that its session is bound to; empty: it is bound to none
  std::string protocol = {};       ///< the client's; a session comes back over the same one only
};

/// Methods of the application.
enum class rpc_method : std::uint8_t { connect, command, disconnect };

/// `connect`, `command` or `disconnect`.
std::string_view name_of(rpc_method method) noexcept;

/// The client's environment, sent with every call.
struct rpc_env {
  std::string url;              ///< absolute, of the client's handshake
  text_map headers;             ///< lower-case names; only forwarded ones
  text_map connection_state;    ///< `cstate`: the application's state of the connection
  text_map subscription_state;  ///< `istate`: of the subscription; for `disconnect` identifier → JSON text of its state
};

/// One call.
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

/// Result of a call. The numbers are those on the wire.
enum class rpc_status : std::uint8_t { error = 0, success = 1, failure = 2 };

/// `error`, `success` or `failure`.
std::string_view name_of(rpc_status status) noexcept;

/// A change of a client's presence in a stream.
struct rpc_presence {
  std::string type = {};  ///< `join` or `leave`; empty: no change
  std::string id = {};    ///< of the member; for `join`
  std::string info = {};  ///< JSON, or else a text
};

/// One reply. Fields without a use for the method are empty.
struct rpc_reply {
  rpc_status status = rpc_status::error;
  std::string identity = {};                    ///< of an admitted connection
  std::vector<std::string> transmissions = {};  ///< texts for the client, passed through unchanged, in this order
  std::vector<std::string> streams = {};        ///< the subscription follows these from now on
  std::vector<std::string> stopped_streams = {};
  bool stop_streams = false;  ///< the subscription stops following all earlier streams
  bool disconnect = false;    ///< close the connection after everything else
  std::string error_message = {};
  text_map connection_state = {};  ///< changes, see `merge_state`
  text_map subscription_state = {};
  rpc_presence presence = {};  ///< in the stream of the subscription's state `$p`
};

/// Applies the changes of a reply: an empty text deletes its key.
void merge_state(text_map& into, const text_map& changes);

/// Reasons for a missing reply.
enum class rpc_failure : std::uint8_t {
  unavailable,   ///< the application was not reached; it has not seen the call, which may be repeated
  exhausted,     ///< the application asks to be called later
  timed_out,     ///< no reply in time
  unauthorized,  ///< the application rejects our secret, or we its certificate
  invalid,       ///< the application cannot read the call
  broken,        ///< the reply is invalid or incomplete
  refused,       ///< not attempted: too many calls wait, or too many failed lately
};

/// `unavailable`, `exhausted`, ... as in logs and metrics.
std::string_view name_of(rpc_failure why) noexcept;

/// A missing reply, for logs.
struct rpc_error {
  rpc_failure why;
  std::string detail;
};

/// Result of a call.
using rpc_outcome = std::variant<rpc_reply, rpc_error>;

}  // namespace ability
