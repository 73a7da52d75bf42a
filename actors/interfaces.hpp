/// The message graph: the interface of every actor. Each message is listed with its sender.
#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <string>

#include "actors/fwd.hpp"

namespace ability {

/// A client connection, on the lane of its socket.
using connection_actor = caf::typed_actor<
    // The client's session: decide whether to admit the client.
    caf::reacts_to<start_handshake>,
    // The client's session: the client sent a command.
    caf::reacts_to<client_said>,
    // The client's session: the socket is closed.
    caf::reacts_to<client_gone>,
    // A stream: frames for this client.
    caf::reacts_to<deliver>,
    // A stream: publications may be lost, which the client is told.
    caf::reacts_to<history_lost>,
    // The registry, a query, or a stream that failed: disconnect the client.
    caf::reacts_to<disconnect_client>,
    // The registry, for a sessions actor: the client is back on another connection.
    caf::reacts_to<surrender_session>,
    // INTERNAL: follow streams of a restored session without waiting for the client any more.
    caf::reacts_to<follow_awaited>,
    // INTERNAL, and the registry: tell other nodes of the session.
    caf::reacts_to<session_changed>,
    // A query: describe the connection.
    caf::replies_to<describe_connection>::with<connection_facts>>;

/// A followed stream, on the lane of its directory.
using stream_actor = caf::typed_actor<
    // The directory, for a connection.
    caf::replies_to<subscribe>::with<subscribed>,
    // A connection, or the directory for a connection whose subscribe has not been answered yet.
    caf::reacts_to<unsubscribe>,
    // The directory, for an ingress.
    caf::reacts_to<broadcast_to_stream>,
    // The directory, for an ingress: tell the position of an earlier broadcast with the same id.
    caf::reacts_to<repeat_to_stream>,
    // INTERNAL: send pending broadcasts to the subscribers.
    caf::reacts_to<flush_stream>,
    // A connection: its client asks for missed messages of a stream that it follows.
    caf::replies_to<hold_for_history>::with<history_held>,
    // A connection: the client was sent what it had missed; go on with live data.
    caf::reacts_to<release_held>,
    // INTERNAL: drop publications that are too old.
    caf::reacts_to<trim_history>,
    // The directory: all logs together are too large.
    caf::reacts_to<drop_log>,
    // The directory, for a program that asks by HTTP.
    caf::replies_to<list_history>::with<history_page>,
    // The directory, for a connection or for a program that asks by HTTP.
    caf::replies_to<presence_call>::with<presence_answer>,
    // The directory, for a connection that has ended.
    caf::reacts_to<member_gone>,
    // INTERNAL: sessions that ended may be due to leave.
    caf::reacts_to<members_due>,
    // The presence store: what became of orders to the shared members.
    caf::reacts_to<members_answered>,
    // The presence store: the shared members.
    caf::reacts_to<members_listed>,
    // The log store: shared members have come or left.
    caf::reacts_to<member_news>,
    // The log store: news of the shared log come from now on.
    caf::reacts_to<log_followed>,
    // The log store, or the directory: a publication was added to the shared log.
    caf::reacts_to<log_news_came>,
    // The log store: the position and publications of the shared log.
    caf::reacts_to<log_read>,
    // INTERNAL: compare the copy of the shared log with it.
    caf::reacts_to<check_log>,
    // INTERNAL: the shared log was not read in time.
    caf::reacts_to<answer_without_waiting>,
    // The directory: the stream was removed from the directory and ends.
    caf::reacts_to<retire_stream>,
    // The directory: broadcasts to you were lost.
    caf::reacts_to<mark_gap>,
    // A query: list the subscribers.
    caf::replies_to<describe_stream>::with<stream_facts>,
    // A query: describe the log.
    caf::replies_to<describe_history>::with<history_facts>,
    // A query: list the members.
    caf::replies_to<describe_presence>::with<presence_facts>>;

/// A question about a stream that a program has asked by HTTP, on the lane of its socket.
using stream_reader_actor = caf::typed_actor<
    // The program's session: find the members, hand them over and end.
    caf::reacts_to<read_members>,
    // The same for a part of the log.
    caf::reacts_to<read_history>,
    // The directory, for a query about a shared log.
    caf::replies_to<describe_history>::with<history_facts>,
    // The log store: a part of the shared log.
    caf::reacts_to<log_listed>>;

/// The streams of one lane; the hash of a stream's name selects the lane.
using directory_actor = caf::typed_actor<
    // A connection: follow a stream. The stream answers; if it fails, CAF answers with an error.
    caf::replies_to<subscribe>::with<subscribed>,
    // A connection that ends before it knows the actor of its stream.
    caf::reacts_to<unsubscribe>,
    // An ingress: publish to streams.
    caf::reacts_to<broadcasts>,
    // A connection: become a member of a stream, leave it, or list its members. The stream answers.
    caf::replies_to<presence_call>::with<presence_answer>,
    // A connection that ends while it is a member.
    caf::reacts_to<member_gone>,
    // A stream reader: list publications of a log. The stream answers.
    caf::replies_to<list_history>::with<history_page>,
    // A stream: it has neither subscribers, nor members, nor a log that is needed.
    caf::reacts_to<stream_idle>,
    // A stream: it has dropped its log.
    caf::reacts_to<log_dropped>,
    // The log store: a shared log has taken a broadcast, or not.
    caf::reacts_to<append_answered>,
    // The cluster: a link is up; announce the local interest to it.
    caf::reacts_to<link_opened>,
    // The cluster: a link has ended.
    caf::reacts_to<link_closed>,
    // A link: interest of the other node.
    caf::reacts_to<peer_interest>,
    // A link: the other node has acknowledged our interest, or has not done so in time.
    caf::reacts_to<interest_settled>,
    // A link or the cluster: broadcasts were lost.
    caf::reacts_to<gap_opened>,
    // INTERNAL: forward gathered broadcasts to the links.
    caf::reacts_to<forwards_due>,
    // INTERNAL: continue incremental work.
    caf::reacts_to<interest_due>,
    // A query: list the streams.
    caf::replies_to<list_streams>::with<stream_page>,
    // A query, for the stream with that name.
    caf::replies_to<describe_stream>::with<stream_facts>,
    // A query, for the log of the stream with that name. The stream or a stream reader answers.
    caf::replies_to<describe_history>::with<history_facts>,
    // A query, for the members of the stream with that name.
    caf::replies_to<describe_presence>::with<presence_facts>>;

/// The connections of one lane.
using registry_actor = caf::typed_actor<
    // A connection was admitted.
    caf::reacts_to<connection_opened>,
    // A connection ended.
    caf::reacts_to<connection_closed>,
    // A connection ended that was never admitted.
    caf::reacts_to<connection_refused>,
    // An ingress: disconnect every connection with this identity.
    caf::reacts_to<disconnect_identity>,
    // A sessions actor: if the session is here, have its connection end.
    caf::reacts_to<surrender_session>,
    // A sessions actor: have all connections register their sessions again.
    caf::reacts_to<register_sessions>,
    // The supervisor: disconnect every connection.
    caf::reacts_to<disconnect_all>,
    // The daemon: disconnect every connection gradually.
    caf::reacts_to<drain_connections>,
    // The daemon, for the monitor: cancel the drain.
    caf::reacts_to<cancel_drain>,
    // INTERNAL: disconnect the next part of a drain.
    caf::reacts_to<drain_some>,
    // The drain and the shutdown: call back once the lane has no connection.
    caf::reacts_to<await_no_connections>,
    // A query: list the connections.
    caf::replies_to<list_connections>::with<connection_page>,
    // A query: find the connection with this sid.
    caf::replies_to<find_connection>::with<connection_page>>;

/// The sessions without a connection of one lane; the hash of a sid selects the lane.
using sessions_actor = caf::typed_actor<
    // A connection that ends.
    caf::reacts_to<keep_session>,
    // A connection whose client wants an earlier session back. Answered in a bounded time.
    caf::replies_to<take_session>::with<session_taken>,
    // A registry without a connection of the session, or that connection.
    caf::reacts_to<session_searched>,
    // A connection with a session that other nodes may have to take over.
    caf::replies_to<register_session>::with<session_registered>,
    // The vault: another node wants the session of a connection here.
    caf::reacts_to<session_wanted>,
    // The disconnect queue: the application was told of a session.
    caf::reacts_to<session_told>,
    // A connection whose session has changed, on this lane.
    caf::reacts_to<session_changing>,
    // The vault: the answer to a question.
    caf::reacts_to<vault_answered>,
    // INTERNAL, and the vault when it is there: look after shared sessions.
    caf::reacts_to<vault_tick>,
    // An ingress: no session of this identity comes back.
    caf::reacts_to<disconnect_identity>,
    // INTERNAL, and the daemon when settings have changed: end sessions that are due.
    caf::reacts_to<sessions_due>,
    // A connection of this lane with a restored session, whose client has yet to ask for its history.
    caf::reacts_to<await_history>,
    // INTERNAL: clients have had time to ask.
    caf::reacts_to<histories_due>,
    // The daemon, when it stops: end all sessions.
    caf::replies_to<end_sessions>::with<sessions_ended>,
    // A query: count the sessions.
    caf::replies_to<describe_sessions>::with<sessions_facts>>;

/// The node's subscription to Redis.
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
    // The ingress gate: it accepts broadcasts again.
    caf::reacts_to<ingress_reopened>>;

/// The node's part in reading a Redis stream of publications.
using redis_consumer_actor = caf::typed_actor<
    // The source: it reads and acknowledges from now on.
    caf::reacts_to<redis_connected>,
    // The source: it does not, or an attempt to connect has failed.
    caf::reacts_to<redis_lost>,
    // The source: the answer to a request for entries.
    caf::reacts_to<entries_read>,
    // A receipt: the publication of an entry is in its logs, or not.
    caf::reacts_to<entry_published>,
    // The source: Redis knows that these entries are done.
    caf::reacts_to<entries_acknowledged>,
    // The ingress gate: it accepts broadcasts again.
    caf::reacts_to<ingress_reopened>,
    // INTERNAL: publish an entry again that a log has not taken.
    caf::reacts_to<retry_entries>,
    // INTERNAL: keep the entries that take long, take over those of lost nodes.
    caf::reacts_to<tend_entries>,
    // The supervisor: read no more, and end once all is acknowledged.
    caf::reacts_to<leave_group>,
    // The source, or INTERNAL after a while: end.
    caf::reacts_to<group_left>>;

/// Calls to the application; one per node that has an application.
using app_server_actor = caf::typed_actor<
    // A connection, or the disconnect queue: call the application.
    caf::replies_to<app_call>::with<app_answer>,
    // The transport: an attempt has ended.
    caf::reacts_to<app_replied>,
    // INTERNAL: retry a call.
    caf::reacts_to<app_retry>>;

/// Reachability of the application; one per node that has an application.
using app_watch_actor = caf::typed_actor<
    // INTERNAL: check the application.
    caf::reacts_to<app_watch_tick>,
    // The transport: the outcome of a probe.
    caf::reacts_to<app_probed>>;

/// The disconnect queue: tells the application of ended connections. One per node that has an application.
using disconnect_queue_actor = caf::typed_actor<
    // A connection that has ended.
    caf::reacts_to<connection_left>,
    // INTERNAL: the next call is due.
    caf::reacts_to<disconnect_due>,
    // The daemon, when it stops: send without a rate limit and reply once the queue is empty.
    caf::replies_to<drain_disconnects>::with<disconnects_done>>;

/// The token keys of the node, fixed and fetched.
using token_source_actor = caf::typed_actor<
    // The daemon: the settings.
    caf::reacts_to<use_token_keys>,
    // A connection whose token matches no key. Answered within a bounded time, possibly after a fetch.
    caf::replies_to<find_token_key>::with<token_keys_found>,
    // The key set link: an attempt to fetch has ended.
    caf::reacts_to<key_set_fetched>,
    // INTERNAL: the next fetch is due.
    caf::reacts_to<key_set_due>>;

/// A link to one other node, on the cluster's lane; ends with its connection.
using link_actor = caf::typed_actor<
    // The other node's link: a packet.
    caf::reacts_to<std::string>,
    // The tunnel: the connection is up.
    caf::reacts_to<link_connected>,
    // The tunnel: the connection is closed.
    caf::reacts_to<peer_connection_closed>,
    // A directory: broadcasts to streams that the other node follows.
    caf::reacts_to<forward_broadcasts>,
    // A directory: changes of the local interest.
    caf::reacts_to<interest_news>,
    // A directory: its last message to this link.
    caf::reacts_to<link_closed>,
    // The ingress gate: it accepts broadcasts again.
    caf::reacts_to<ingress_reopened>,
    // The cluster: a remote disconnect from an ingress of this node.
    caf::reacts_to<forward_disconnect>,
    // The cluster: members that may be unknown to the other node.
    caf::reacts_to<members_heard>,
    // The cluster: losses of earlier links to the other node.
    caf::reacts_to<report_losses>,
    // The cluster: this node stops, or another link to the same node replaces this one.
    caf::reacts_to<leave_cluster>,
    // INTERNAL: send the gathered records.
    caf::reacts_to<link_flush>,
    // INTERNAL: periodic check.
    caf::reacts_to<link_tick>>;

/// The node's view of the cluster, on the cluster's lane: its members, dial targets and links.
using cluster_actor = caf::typed_actor<
    // The daemon: begin.
    caf::reacts_to<join_cluster>,
    // INTERNAL: dial an address.
    caf::reacts_to<dial_due>,
    // INTERNAL: look up a configured name again.
    caf::reacts_to<look_up_due>,
    // The tunnel: the addresses of a name.
    caf::reacts_to<name_resolved>,
    // The tunnel: the dialled node is unreachable or has refused us.
    caf::reacts_to<dial_failed>,
    // The tunnel: a node that we dialled has identified itself.
    caf::reacts_to<dial_reply>,
    // The tunnel: a node that dialled us has proved the secret.
    caf::reacts_to<join_request>,
    // A link: both ends are ready.
    caf::reacts_to<link_up>,
    // A link: it has ended.
    caf::reacts_to<link_down>,
    // A link: its statistics.
    caf::reacts_to<link_report>,
    // A link: members that the other node knows.
    caf::reacts_to<members_heard>,
    // An ingress: a remote disconnect that only this node received.
    caf::reacts_to<forward_disconnect>,
    // The daemon: tell the other nodes that this one leaves.
    caf::reacts_to<leave_cluster>,
    // The daemon, before it accepts clients: reply once every reachable node is linked.
    caf::replies_to<await_joined>::with<joined_cluster>,
    // INTERNAL: periodic maintenance.
    caf::reacts_to<cluster_tick>,
    // A query: list the nodes.
    caf::replies_to<list_nodes>::with<node_list>>;

/// Counters, the event feed and queries of monitoring programs. One per node, on the cluster's lane.
using monitor_actor = caf::typed_actor<
    // A monitor session: a query or a command.
    caf::replies_to<ask_monitor>::with<monitor_answer>,
    // A monitor session: its program subscribes to the feed.
    caf::replies_to<watch_node>::with<monitor_answer>,
    // A monitor session: its program unsubscribes from the feed.
    caf::reacts_to<unwatch_node>,
    // Any actor: an event.
    caf::reacts_to<happened>,
    // INTERNAL: a snapshot is due.
    caf::reacts_to<snapshot_due>,
    // INTERNAL: send the gathered events.
    caf::reacts_to<events_due>>;

/// A query: one question or command of a monitoring program, from the question to the answer. Cluster's lane.
using query_actor = caf::typed_actor<
    // The monitor: find the answer, reply, and end.
    caf::replies_to<start_query>::with<monitor_answer>,
    // INTERNAL: the timeout of the actors that were asked in this round has passed.
    caf::reacts_to<query_timeout>>;

/// A monitor session: all that one attached monitoring program can address. Built-in types only. Cluster's lane.
using monitor_session_actor = caf::typed_actor<
    // The program: a query or a command with its arguments as JSON. The answer is JSON.
    caf::replies_to<std::string, std::string>::with<std::string>,
    // The monitor: a snapshot or events.
    caf::reacts_to<feed>,
    // The tunnel: the connection is closed.
    caf::reacts_to<peer_connection_closed>,
    // INTERNAL: periodic check.
    caf::reacts_to<monitor_session_tick>>;

/// The supervisor of the node: watches its actors, restarts two of them, stops all in order.
using supervisor_actor = caf::typed_actor<
    // The daemon, first: end the subscription to Redis, and the reading of its stream.
    caf::reacts_to<stop_ingress>,
    // The daemon, then: disconnect every client.
    caf::reacts_to<disconnect_all>,
    // The daemon, last: end all actors.
    caf::reacts_to<stop_records>,
    // INTERNAL: spawn the redis_subscriber or the redis_consumer again.
    caf::reacts_to<respawn_redis>>;

}  // namespace ability
