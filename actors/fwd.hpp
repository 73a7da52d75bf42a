/// The messages of all actors, by the folder that declares them in its `messages.hpp`; `happened` is in
/// `node/events.hpp`.
#pragma once

namespace ability {

// -- broadcast
struct broadcasts;
struct disconnect_identity;

// -- node
struct happened;

// -- ingress
struct redis_connect;
struct redis_connected;
struct redis_lost;
struct redis_payload;
struct redis_oversize;
struct ingress_reopened;
struct entries_read;
struct entry_published;
struct entries_acknowledged;
struct retry_entries;
struct tend_entries;
struct leave_group;
struct group_left;
struct forward_disconnect;

// -- auth
struct use_token_keys;
struct find_token_key;
struct token_keys_found;
struct key_set_fetched;
struct key_set_due;

// -- app
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

// -- stream
struct subscribe;
struct subscribed;
struct unsubscribe;
struct deliver;
struct disconnect_client;
struct broadcast_to_stream;
struct repeat_to_stream;
struct append_answered;
struct log_followed;
struct log_news_came;
struct log_read;
struct check_log;
struct history_lost;
struct answer_without_waiting;
struct flush_stream;
struct hold_for_history;
struct history_held;
struct release_held;
struct trim_history;
struct drop_log;
struct log_dropped;
struct describe_history;
struct history_facts;
struct list_history;
struct history_page;
struct log_listed;
struct read_history;
struct stream_idle;
struct presence_call;
struct presence_answer;
struct member_gone;
struct members_due;
struct members_answered;
struct members_listed;
struct member_news;
struct read_members;
struct describe_presence;
struct presence_facts;
struct retire_stream;
struct link_opened;
struct link_closed;
struct interest_news;
struct interest_settled;
struct peer_interest;
struct forward_broadcasts;
struct gap_opened;
struct mark_gap;
struct forwards_due;
struct interest_due;
struct list_streams;
struct stream_page;
struct describe_stream;
struct stream_facts;

// -- sessions
struct keep_session;
struct take_session;
struct session_taken;
struct surrender_session;
struct await_history;
struct histories_due;
struct follow_awaited;
struct session_searched;
struct register_session;
struct session_registered;
struct session_wanted;
struct session_told;
struct vault_answered;
struct vault_tick;
struct register_sessions;
struct session_changing;
struct session_changed;
struct sessions_due;
struct end_sessions;
struct sessions_ended;
struct describe_sessions;
struct sessions_facts;

// -- connection
struct start_handshake;
struct client_said;
struct client_gone;
struct connection_opened;
struct connection_closed;
struct disconnect_all;
struct drain_connections;
struct cancel_drain;
struct drain_some;
struct connection_refused;
struct await_no_connections;
struct list_connections;
struct find_connection;
struct connection_page;
struct describe_connection;
struct connection_facts;

// -- cluster
struct link_connected;
struct peer_connection_closed;
struct link_flush;
struct link_tick;
struct join_cluster;
struct await_joined;
struct joined_cluster;
struct dial_due;
struct look_up_due;
struct name_resolved;
struct dial_failed;
struct dial_reply;
struct join_request;
struct link_up;
struct link_down;
struct link_report;
struct report_losses;
struct members_heard;
struct leave_cluster;
struct cluster_tick;
struct list_nodes;
struct node_list;

// -- monitor
struct ask_monitor;
struct monitor_answer;
struct watch_node;
struct unwatch_node;
struct feed;
struct snapshot_due;
struct events_due;
struct start_query;
struct query_timeout;
struct monitor_session_tick;

// -- supervisor
struct stop_ingress;
struct stop_records;
struct respawn_redis;

}  // namespace ability
