/// The message graph: the interface of every actor, each message with who sends it.
#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace ability {

struct client_said;
struct client_gone;
struct deliver;
struct subscribe;
struct subscribed;
struct unsubscribe;
struct broadcasts;
struct broadcast_to_stream;
struct flush_stream;
struct stream_idle;
struct retire_stream;
struct connection_opened;
struct connection_closed;
struct disconnect_identity;
struct disconnect_client;
struct disconnect_all;
struct start_handshake;
struct redis_connected;
struct redis_lost;
struct redis_payload;
struct redis_oversize;
struct redis_connect;
struct ingress_reopened;
struct stop_ingress;
struct stop_records;
struct respawn_redis;
struct app_call;
struct app_answer;
struct app_replied;
struct app_retry;
struct connection_left;
struct disconnect_due;
struct drain_disconnects;
struct disconnects_done;

/// One per client connection, on the lane of its socket.
using connection_actor = caf::typed_actor<
    // The socket's session: decide whether to let the client in.
    caf::reacts_to<start_handshake>,
    // The socket's session: the client sent a command.
    caf::reacts_to<client_said>,
    // The socket's session: the socket is closed.
    caf::reacts_to<client_gone>,
    // A stream: frames for this client.
    caf::reacts_to<deliver>,
    // The registry: say goodbye to the client.
    caf::reacts_to<disconnect_client>>;

/// One per followed stream, on the lane of its directory.
using stream_actor = caf::typed_actor<
    // The directory, for a connection.
    caf::replies_to<subscribe>::with<subscribed>,
    // A connection, or the directory for one that has not been answered yet.
    caf::reacts_to<unsubscribe>,
    // The directory, for an ingress.
    caf::reacts_to<broadcast_to_stream>,
    // INTERNAL: hand out what was broadcast.
    caf::reacts_to<flush_stream>,
    // The directory: nobody can find you any more, end.
    caf::reacts_to<retire_stream>>;

/// One per lane; a stream name's hash picks it.
using directory_actor = caf::typed_actor<
    // A connection: follow a stream. The stream answers, or nobody if it fails: then CAF does, with an error.
    caf::replies_to<subscribe>::with<subscribed>,
    // A connection that ends before it was told which actor its stream is.
    caf::reacts_to<unsubscribe>,
    // An ingress: publish to streams.
    caf::reacts_to<broadcasts>,
    // A stream: nobody follows me.
    caf::reacts_to<stream_idle>>;

/// One per lane: which connections it has.
using registry_actor = caf::typed_actor<
    // A connection was let in.
    caf::reacts_to<connection_opened>,
    // A connection ended.
    caf::reacts_to<connection_closed>,
    // An ingress: disconnect whoever has this identity.
    caf::reacts_to<disconnect_identity>,
    // The supervisor: disconnect everybody.
    caf::reacts_to<disconnect_all>>;

/// One per node: the subscription to Redis.
using redis_subscriber_actor = caf::typed_actor<
    // INTERNAL: try to connect.
    caf::reacts_to<redis_connect>,
    // The socket: subscribed.
    caf::reacts_to<redis_connected>,
    // The socket: the connection failed or broke.
    caf::reacts_to<redis_lost>,
    // The socket: a message was published.
    caf::reacts_to<redis_payload>,
    // The socket: a message over the size limit was published.
    caf::reacts_to<redis_oversize>,
    // The ingress gate: there is room for broadcasts again.
    caf::reacts_to<ingress_reopened>>;

/// One per node that has an application: calls to it.
using app_server_actor = caf::typed_actor<
    // A connection, the disconnector: ask the application.
    caf::replies_to<app_call>::with<app_answer>,
    // The transport: an attempt has ended.
    caf::reacts_to<app_replied>,
    // INTERNAL: a call is due again.
    caf::reacts_to<app_retry>>;

/// One per node that has an application: tells it of connections that ended.
using disconnector_actor = caf::typed_actor<
    // A connection that ends.
    caf::reacts_to<connection_left>,
    // INTERNAL: the next call is due.
    caf::reacts_to<disconnect_due>,
    // The daemon, when it stops: hurry, and say when all were told.
    caf::replies_to<drain_disconnects>::with<disconnects_done>>;

/// One per node: start order, restarts, stop order.
using supervisor_actor = caf::typed_actor<
    // The daemon, first: nothing more comes from Redis.
    caf::reacts_to<stop_ingress>,
    // The daemon, then: everybody is told and leaves.
    caf::reacts_to<disconnect_all>,
    // The daemon, last: end all actors.
    caf::reacts_to<stop_records>,
    // INTERNAL: the subscription to Redis is due again.
    caf::reacts_to<respawn_redis>>;

}  // namespace ability
