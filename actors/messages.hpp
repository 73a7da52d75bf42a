/// The messages between actors. All are local to the process, since they hold handles and shared buffers. Nodes
/// exchange records of a separate wire format.
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

/// The client asks to be admitted.
struct start_handshake {
  std::shared_ptr<const client_handshake> request;
};

/// The client sent a well-formed command. Answered by one `client_session::command_done()`.
struct client_said {
  client_command command;
};

/// The client's socket is closed, and no further message comes from it. `reason` is shown to monitoring programs.
struct client_gone {
  std::string reason = "client_gone";
};

/// Send `reason` to the client, then close. `reconnect` tells the client whether it may come back.
struct disconnect_client {
  std::string identity;  ///< required identity of the connection; empty: any
  std::string reason;
  bool reconnect;
};

// -- connection and stream ---------------------------------------------------------------------------------------

/// A connection's subscription follows a stream. Answered by `subscribed`.
struct subscribe {
  std::string stream;
  std::string key;            ///< subscription key in `format`
  const wire_format* format;  ///< wire format of the subscriber's frames
  connection_actor subscriber;
};

/// The subscription follows the stream from now on.
struct subscribed {
  std::shared_ptr<const std::string> stream;
  stream_actor actor;  ///< receiver of the unsubscribe; null: refused, the stream is at its limit of identifiers
  std::size_t slot;    ///< index of the subscriber in its group
};

/// A connection's subscription no longer follows the stream.
struct unsubscribe {
  static constexpr std::size_t unknown_slot = static_cast<std::size_t>(-1);

  std::string stream;  ///< used by the directory; may be empty when sent to the stream
  std::string key;
  const wire_format* format;
  connection_actor subscriber;
  std::size_t slot;  ///< value from `subscribed`, or `unknown_slot`
};

/// Frames for the client.
struct deliver {
  batch_ptr frames;
};

// -- publishing --------------------------------------------------------------------------------------------------

/// Messages that were published together, in this order, to streams of one directory. They reach a stream together, so
/// that it can send them together.
struct broadcasts {
  std::vector<broadcast_ptr> messages;
  bool for_all_nodes = false;  ///< only this node received them: forward them to interested nodes
};

/// A message was published to the stream.
struct broadcast_to_stream {
  broadcast_ptr message;
};

/// Send all broadcasts that came before this message.
struct flush_stream {};

// -- life of streams ---------------------------------------------------------------------------------------------

/// The stream has no subscriber. It has received `subscribes_seen` subscribes since it was spawned.
struct stream_idle {
  std::shared_ptr<const std::string> stream;
  std::uint64_t subscribes_seen;
};

/// The directory has removed the stream.
struct retire_stream {};

// -- registry of connections -------------------------------------------------------------------------------------

/// A connection was admitted.
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

/// Disconnect every connection, a few at a time; the last one when `within` has passed.
struct drain_connections {
  std::chrono::milliseconds within;
  bool reconnect;
};

/// Cancel the drain; new connections are no longer disconnected either.
struct cancel_drain {};

/// Disconnect the next connections of the drain.
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

/// A message was published to the channel.
struct redis_payload {
  std::string text;
};

/// A message over the size limit was published; its text is dropped.
struct redis_oversize {
  std::size_t bytes;
};

/// The ingress gate accepts broadcasts again.
struct ingress_reopened {};

// -- the application ---------------------------------------------------------------------------------------------

/// Call the application. The sender keeps `request` alive until the answer: a call without its request is not made.
struct app_call {
  std::weak_ptr<const rpc_request> request;
};

/// The outcome of an `app_call`.
struct app_answer {
  std::shared_ptr<const rpc_outcome> outcome;
};

/// An attempt of a call has ended.
struct app_replied {
  std::uint64_t id;
  std::shared_ptr<rpc_outcome> outcome;
};

/// Retry a call.
struct app_retry {
  std::uint64_t id;
};

/// Check whether the application can be reached.
struct app_watch_tick {};

/// A probe of the application has ended.
struct app_probed {
  reachability outcome;
};

/// The connection ended; tell the application.
struct connection_left {
  std::shared_ptr<const rpc_request> request;
};

/// The next `disconnect` call is due.
struct disconnect_due {};

/// Make the remaining calls without a rate limit.
struct drain_disconnects {};

/// All `disconnect` calls were made.
struct disconnects_done {};

// -- keys of tokens ----------------------------------------------------------------------------------------------

/// Use these keys, and those fetched from `place`, from now on.
struct use_token_keys {
  std::shared_ptr<const token_keys> fixed;
  std::shared_ptr<const key_set_place> place;  ///< null: nothing is fetched
  std::chrono::milliseconds refresh;           ///< interval between two fetches
};

/// A token names a key that is not known.
struct find_token_key {};

/// All known keys.
struct token_keys_found {
  std::shared_ptr<const token_keys> keys;
  bool certain;  ///< false: no key set was fetched yet, so a key that is missing here may still exist
};

/// An attempt to fetch a key set has ended.
struct key_set_fetched {
  std::uint64_t attempt;
  std::shared_ptr<const result<std::string>> text;
};

/// The next fetch is due, unless another attempt has begun since `attempt`.
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
