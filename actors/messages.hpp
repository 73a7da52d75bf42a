/// The vocabulary: every message between actors. All are local to the process, since they hold handles and shared
/// buffers; what nodes tell each other has its own wire form.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/app/reachability.hpp"
#include "actors/broadcast/batch.hpp"
#include "actors/cluster/messages.hpp"
#include "actors/interfaces.hpp"
#include "actors/monitor/messages.hpp"
#include "protocol/action_cable/messages.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/auth/jwt.hpp"
#include "protocol/client/wire_format.hpp"

namespace ability {

struct key_set_place;

// -- client and connection ---------------------------------------------------------------------------------------

/// The client asks to be let in.
struct start_handshake {
  std::shared_ptr<const client_handshake> request;
};

/// The client sent a well-formed command. Answered by one `client_session::command_done()`.
struct client_said {
  client_command command;
};

/// The client's socket is closed; nothing more comes from it. `reason` is for who watches.
struct client_gone {
  std::string reason = "client_gone";
};

/// Say goodbye with `reason`; `reconnect` tells the client whether it may come back.
struct disconnect_client {
  std::string identity;  ///< only if the connection has this identity; empty: in any case
  std::string reason;
  bool reconnect;
};

// -- connection and stream ---------------------------------------------------------------------------------------

/// A connection's subscription follows a stream. Answered by `subscribed`.
struct subscribe {
  std::string stream;
  std::string key;            ///< of the subscription, in `format`
  const wire_format* format;  ///< of the subscriber's frames
  connection_actor subscriber;
};

/// The subscription follows the stream from now on.
struct subscribed {
  std::shared_ptr<const std::string> stream;
  stream_actor actor;  ///< where to unsubscribe; null: it does not, the stream has all the identifiers that it may have
  std::size_t slot;    ///< the subscriber's place there
};

/// A connection's subscription follows the stream no longer.
struct unsubscribe {
  static constexpr std::size_t unknown_slot = static_cast<std::size_t>(-1);

  std::string stream;  ///< for the directory; may be empty when sent to the stream
  std::string key;
  const wire_format* format;
  connection_actor subscriber;
  std::size_t slot;  ///< as told in `subscribed`, or `unknown_slot`
};

/// Frames for the client.
struct deliver {
  batch_ptr frames;
};

// -- publishing --------------------------------------------------------------------------------------------------

/// Messages were published together, to streams of one directory, in this order. They reach a stream together, which
/// can then hand them out together.
struct broadcasts {
  std::vector<broadcast_ptr> messages;
  bool for_all_nodes = false;  ///< only this node got them: they are passed on to nodes that follow their streams
};

/// A message was published to the stream.
struct broadcast_to_stream {
  broadcast_ptr message;
};

/// Hand out all that was broadcast before this.
struct flush_stream {};

// -- life of streams ---------------------------------------------------------------------------------------------

/// The stream has no subscriber, after it got `subscribes_seen` subscribes in its life.
struct stream_idle {
  std::shared_ptr<const std::string> stream;
  std::uint64_t subscribes_seen;
};

/// The directory has forgotten the stream.
struct retire_stream {};

// -- records of connections --------------------------------------------------------------------------------------

/// A connection was let in.
struct connection_opened {
  connection_actor connection;
  std::size_t identity_hash;
  std::string sid;
};

/// The connection ended.
struct connection_closed {
  connection_actor connection;
  std::size_t identity_hash;
  std::string sid;
};

/// Disconnect every connection with this identity (a remote disconnect).
struct disconnect_identity {
  std::string identity;
  bool reconnect;
};

/// Disconnect every connection.
struct disconnect_all {
  std::string reason;
  bool reconnect;
};

/// Disconnect every connection, a few at a time, so that the last is told when this time has passed.
struct drain_connections {
  std::chrono::milliseconds within;
  bool reconnect;
};

/// Disconnect nobody any more, neither those that are there nor those that come.
struct cancel_drain {};

/// The next few are due.
struct drain_some {};

// -- Redis -------------------------------------------------------------------------------------------------------

/// Try to connect to Redis.
struct redis_connect {};

/// Redis has confirmed the subscription.
struct redis_connected {};

/// The connection to Redis failed or broke.
struct redis_lost {
  std::string reason;
};

/// Somebody published to the channel.
struct redis_payload {
  std::string text;
};

/// Somebody published more than is accepted; the text is dropped.
struct redis_oversize {
  std::size_t bytes;
};

/// Broadcasts are accepted again.
struct ingress_reopened {};

// -- the application ---------------------------------------------------------------------------------------------

/// Ask the application. Whoever asks keeps the request until it has the answer: without it the call is not made.
struct app_call {
  std::weak_ptr<const rpc_request> request;
};

/// How it ended.
struct app_answer {
  std::shared_ptr<const rpc_outcome> outcome;
};

/// An attempt has ended.
struct app_replied {
  std::uint64_t id;
  std::shared_ptr<rpc_outcome> outcome;
};

/// A call is due again.
struct app_retry {
  std::uint64_t id;
};

/// Look whether the application can be reached.
struct app_watch_tick {};

/// A probe of the application has ended.
struct app_probed {
  reachability outcome;
};

/// The connection ended; the application wants to know.
struct connection_left {
  std::shared_ptr<const rpc_request> request;
};

/// The next `disconnect` call is due.
struct disconnect_due {};

/// Call without a limit of rate from now on.
struct drain_disconnects {};

/// All `disconnect` calls were made.
struct disconnects_done {};

// -- keys of tokens ----------------------------------------------------------------------------------------------

/// These keys, and those at this place, from now on.
struct use_token_keys {
  std::shared_ptr<const token_keys> fixed;
  std::shared_ptr<const key_set_place> place;  ///< null: nothing is fetched
  std::chrono::milliseconds refresh;           ///< between two times that it is
};

/// A token names a key that is not there.
struct find_token_key {};

/// All keys that there are.
struct token_keys_found {
  std::shared_ptr<const token_keys> keys;
  bool certain;  ///< whether a key that is not among them is none: otherwise none were fetched so far
};

/// The outcome of an attempt.
struct key_set_fetched {
  std::uint64_t attempt;
  std::shared_ptr<const result<std::string>> text;
};

/// The next attempt is due, if none came in between.
struct key_set_due {
  std::uint64_t attempt;
};

// -- supervision -------------------------------------------------------------------------------------------------

/// End the sources of publications.
struct stop_ingress {};

/// End all actors.
struct stop_records {};

/// Spawn the redis_subscriber again.
struct respawn_redis {};

}  // namespace ability

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::start_handshake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::client_said)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::client_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::disconnect_client)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::subscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::subscribed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::unsubscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::deliver)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::broadcasts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::broadcast_to_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::flush_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::stream_idle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::retire_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::connection_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::connection_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::disconnect_identity)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::disconnect_all)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::drain_connections)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::cancel_drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::drain_some)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::redis_connect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::redis_connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::redis_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::redis_payload)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::redis_oversize)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::ingress_reopened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::app_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::app_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::app_replied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::app_retry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::app_watch_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::app_probed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::connection_left)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::disconnect_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::drain_disconnects)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::disconnects_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::use_token_keys)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::find_token_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::token_keys_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::key_set_fetched)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::key_set_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::stop_ingress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::stop_records)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::respawn_redis)
