/// The message graph: the interface of every actor, each message with who sends it.
#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <string>

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
struct drain_connections;
struct cancel_drain;
struct drain_some;
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
struct app_watch_tick;
struct app_probed;
struct connection_left;
struct disconnect_due;
struct drain_disconnects;
struct disconnects_done;
struct use_token_keys;
struct find_token_key;
struct token_keys_found;
struct key_set_fetched;
struct key_set_due;
struct link_opened;
struct link_closed;
struct peer_interest;
struct interest_settled;
struct gap_opened;
struct mark_gap;
struct interest_news;
struct forward_broadcasts;
struct forward_disconnect;
struct link_connected;
struct passage_closed;
struct forwards_due;
struct interest_due;
struct link_flush;
struct link_tick;
struct leave_cluster;
struct cluster_tick;
struct join_cluster;
struct dial_due;
struct look_up_due;
struct name_resolved;
struct dial_failed;
struct node_answers;
struct node_knocks;
struct link_up;
struct link_down;
struct members_heard;
struct await_joined;
struct joined_cluster;
struct list_nodes;
struct node_list;
struct list_connections;
struct find_connection;
struct connection_page;
struct describe_connection;
struct connection_facts;
struct list_streams;
struct stream_page;
struct describe_stream;
struct stream_facts;
struct happened;
struct snapshot_due;
struct events_due;
struct patience_over;
struct watch_node;
struct unwatch_node;
struct feed;
struct ask_monitor;
struct monitor_answer;
struct visitor_tick;

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
    caf::reacts_to<disconnect_client>,
    // The monitor: who are you?
    caf::replies_to<describe_connection>::with<connection_facts>>;

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
    caf::reacts_to<retire_stream>,
    // The directory: broadcasts to you were lost.
    caf::reacts_to<mark_gap>,
    // The monitor: who follows you?
    caf::replies_to<describe_stream>::with<stream_facts>>;

/// One per lane; a stream name's hash picks it.
using directory_actor = caf::typed_actor<
    // A connection: follow a stream. The stream answers, or nobody if it fails: then CAF does, with an error.
    caf::replies_to<subscribe>::with<subscribed>,
    // A connection that ends before it was told which actor its stream is.
    caf::reacts_to<unsubscribe>,
    // An ingress: publish to streams.
    caf::reacts_to<broadcasts>,
    // A stream: nobody follows me.
    caf::reacts_to<stream_idle>,
    // The cluster: another node is there, tell its link what is followed here.
    caf::reacts_to<link_opened>,
    // The cluster: another node is gone.
    caf::reacts_to<link_closed>,
    // A link: what is followed on its node.
    caf::reacts_to<peer_interest>,
    // A link: its node knows what is followed here.
    caf::reacts_to<interest_settled>,
    // A link: broadcasts were lost.
    caf::reacts_to<gap_opened>,
    // INTERNAL: hand broadcasts to links.
    caf::reacts_to<forwards_due>,
    // INTERNAL: go on with what is done bit by bit.
    caf::reacts_to<interest_due>,
    // The monitor: which streams are there?
    caf::replies_to<list_streams>::with<stream_page>,
    // The monitor, for the stream of that name.
    caf::replies_to<describe_stream>::with<stream_facts>>;

/// One per lane: which connections it has.
using registry_actor = caf::typed_actor<
    // A connection was let in.
    caf::reacts_to<connection_opened>,
    // A connection ended.
    caf::reacts_to<connection_closed>,
    // An ingress: disconnect whoever has this identity.
    caf::reacts_to<disconnect_identity>,
    // The supervisor: disconnect everybody.
    caf::reacts_to<disconnect_all>,
    // The daemon: the same, but slowly.
    caf::reacts_to<drain_connections>,
    // The daemon, for the monitor: no more of that.
    caf::reacts_to<cancel_drain>,
    // INTERNAL: the next ones are due.
    caf::reacts_to<drain_some>,
    // The monitor: which connections are there?
    caf::replies_to<list_connections>::with<connection_page>,
    // The monitor: has one of them this sid?
    caf::replies_to<find_connection>::with<connection_page>>;

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

/// One per node that has an application: whether it can be reached.
using app_watch_actor = caf::typed_actor<
    // INTERNAL: look.
    caf::reacts_to<app_watch_tick>,
    // The transport: what came of a probe.
    caf::reacts_to<app_probed>>;

/// One per node that has an application: tells it of connections that ended.
using disconnector_actor = caf::typed_actor<
    // A connection that ends.
    caf::reacts_to<connection_left>,
    // INTERNAL: the next call is due.
    caf::reacts_to<disconnect_due>,
    // The daemon, when it stops: hurry, and say when all were told.
    caf::replies_to<drain_disconnects>::with<disconnects_done>>;

/// One per node: the keys of tokens, and where more of them come from.
using token_source_actor = caf::typed_actor<
    // The daemon: the settings.
    caf::reacts_to<use_token_keys>,
    // A connection whose token no key fits. Answered once it is known whether there is one, in bounded time.
    caf::replies_to<find_token_key>::with<token_keys_found>,
    // The link: an attempt has ended.
    caf::reacts_to<key_set_fetched>,
    // INTERNAL: the next one is due.
    caf::reacts_to<key_set_due>>;

/// One per other node that we have a connection to, on the cluster's lane; ends with the connection.
using link_actor = caf::typed_actor<
    // The other node's link: a packet.
    caf::reacts_to<std::string>,
    // The tunnel: the connection is up.
    caf::reacts_to<link_connected>,
    // The tunnel: the connection is closed.
    caf::reacts_to<passage_closed>,
    // A directory: broadcasts to streams that the other node follows.
    caf::reacts_to<forward_broadcasts>,
    // A directory: what is followed here.
    caf::reacts_to<interest_news>,
    // A directory: nothing more comes from it.
    caf::reacts_to<link_closed>,
    // The ingress gate: there is room for broadcasts again.
    caf::reacts_to<ingress_reopened>,
    // The cluster: an ingress got a remote disconnect.
    caf::reacts_to<forward_disconnect>,
    // The cluster: members that the other node may not know.
    caf::reacts_to<members_heard>,
    // The cluster: this node stops, or another link to the same node is better.
    caf::reacts_to<leave_cluster>,
    // INTERNAL: send what has gathered.
    caf::reacts_to<link_flush>,
    // INTERNAL: time has passed.
    caf::reacts_to<link_tick>>;

/// One per node of a cluster, on the cluster's lane: who is a member, and who dials whom.
using cluster_actor = caf::typed_actor<
    // The daemon: begin.
    caf::reacts_to<join_cluster>,
    // INTERNAL: dial somebody.
    caf::reacts_to<dial_due>,
    // INTERNAL: look a configured name up again.
    caf::reacts_to<look_up_due>,
    // The tunnel: the addresses of a name.
    caf::reacts_to<name_resolved>,
    // The tunnel: nobody there, or we are not wanted.
    caf::reacts_to<dial_failed>,
    // The tunnel: a node that we dialled says who it is.
    caf::reacts_to<node_answers>,
    // The tunnel: a node that dialled us has proved the secret.
    caf::reacts_to<node_knocks>,
    // A link: both ends are ready.
    caf::reacts_to<link_up>,
    // A link: it ends.
    caf::reacts_to<link_down>,
    // A link: which members the other node knows.
    caf::reacts_to<members_heard>,
    // An ingress: a remote disconnect that only this node got.
    caf::reacts_to<forward_disconnect>,
    // The daemon: tell the others that this node leaves.
    caf::reacts_to<leave_cluster>,
    // The daemon, before it takes in clients: say when the others are linked, as far as they can be reached.
    caf::replies_to<await_joined>::with<joined_cluster>,
    // INTERNAL: time has passed.
    caf::reacts_to<cluster_tick>,
    // The monitor: which nodes are there?
    caf::replies_to<list_nodes>::with<node_list>>;

/// One per node, on the cluster's lane: counters, the feed of events, questions from monitoring programs.
using monitor_actor = caf::typed_actor<
    // A visitor: a question or a command. Answered when it is answered.
    caf::replies_to<ask_monitor>::with<monitor_answer>,
    // A visitor: its program wants the feed.
    caf::replies_to<watch_node>::with<monitor_answer>,
    // A visitor: no more.
    caf::reacts_to<unwatch_node>,
    // Anybody: an event.
    caf::reacts_to<happened>,
    // INTERNAL: a snapshot is due.
    caf::reacts_to<snapshot_due>,
    // INTERNAL: events have waited long enough.
    caf::reacts_to<events_due>,
    // INTERNAL: who was asked has had time enough.
    caf::reacts_to<patience_over>>;

/// One per attached monitoring program, on the cluster's lane: all that the program can name. Built-in types only.
using visitor_actor = caf::typed_actor<
    // The program: a question or a command, and its arguments as JSON. Answered by JSON.
    caf::replies_to<std::string, std::string>::with<std::string>,
    // The monitor: a snapshot or events.
    caf::reacts_to<feed>,
    // The tunnel: the connection is closed.
    caf::reacts_to<passage_closed>,
    // INTERNAL: time has passed.
    caf::reacts_to<visitor_tick>>;

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
