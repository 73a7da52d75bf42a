// Every setting of abilityd. options.cpp gives each its name, range and help; parse_options.hpp fills the struct.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ability {

/// How a client that may not connect is told so.
enum class auth_rejection {
  automatic,  ///< `message` for every WebSocket but FlyRPC's, else `http`
  http,       ///< 401 instead of the upgrade
  message,    ///< upgrade, `disconnect` message, close: what Action Cable clients in browsers can see
};

/// The least severe record that is logged.
enum class log_severity { debug, info, warn, error };

/// The unit of the time in a ping.
enum class ping_precision { seconds, milliseconds, nanoseconds };

/// The form of a log line.
enum class log_style { text, json };

/// Which connections the application is told of when they end.
enum class disconnect_calls {
  automatic,  ///< those that it was asked about
  always,
  never,
};

/// Settings of one daemon. A default-constructed value holds the defaults; `parse_options` hands out checked values
/// only.
struct options {
  // Server.
  std::string host = "localhost";           ///< name or IP address to listen on
  std::uint16_t port = 8080;                ///< TCP port; 0 = any free one
  std::vector<std::string> path{"/cable"};  ///< WebSocket paths, each begins with `/`, may end in `*` (any rest)
  std::string health_path = "/health";      ///< begins with `/`; `/live` and `/ready` are below it
  std::vector<std::string> ready_requires;  ///< `redis`, `app`: not ready without
  std::vector<std::string>
      allowed_origins;       ///< lower-case `host[:port]` of the Origin, or `*` and its end; `none`, `null`, `file://`
  std::size_t max_conn = 0;  ///< connections at a time; 0 = no limit of its own
  bool public_access = false;  ///< `--public`: anyone may connect, subscribe and publish
  auth_rejection auth_reject = auth_rejection::automatic;
  std::chrono::milliseconds shutdown_delay{0};         ///< from SIGTERM until clients are sent away
  std::chrono::milliseconds shutdown_timeout{30'000};  ///< behind it, to the end at the latest; 0 = at once
  std::string ssl_cert;                                ///< path of a PEM chain; both or neither of this and `ssl_key`
  std::string ssl_key;                                 ///< path of a PEM key
  std::size_t lanes = 0;                               ///< threads that serve connections; 0 = one per core

  // Client connections.
  std::chrono::seconds ping_interval{3};  ///< 0 = no pings
  ping_precision ping_timestamp_precision = ping_precision::seconds;
  std::chrono::seconds pong_timeout{0};                 ///< time to answer a ping; 0 = no answer is asked for
  std::chrono::milliseconds handshake_timeout{10'000};  ///< request head, TLS and upgrade are done by then
  std::chrono::milliseconds http_idle_timeout{60'000};  ///< silence on a kept-alive HTTP connection
  std::size_t max_message_size = 65'536;                ///< bytes of one message from a client
  std::chrono::milliseconds message_timeout{30'000};    ///< from the first byte of a message to its last
  std::size_t max_unfinished_size = 67'108'864;         ///< bytes of requests and messages that are not whole yet
  std::size_t max_pending_size = 1'048'576;             ///< bytes on their way to one client; beyond: `too_slow`
  std::size_t max_pending_commands = 16;                ///< unanswered commands of a connection, then reading stops
  std::chrono::milliseconds close_timeout{2'000};       ///< time for a closing connection to take its last bytes
  std::size_t max_subscriptions = 1'000;                ///< of one connection; more are rejected
  std::size_t max_stream_subscriptions = 100;           ///< of these, to one stream; more are rejected
  std::size_t max_connection_streams = 10'000;   ///< of one connection, by the application; more are not followed
  std::size_t max_stream_identifiers = 100'000;  ///< of all subscriptions to one stream; more are rejected
  bool enable_ws_compression = false;            ///< offer permessage-deflate

  unsigned max_commands_per_second = 0;  ///< of one connection; 0 = no limit

  // FlyRPC.
  std::vector<std::string> fly_listen;                     ///< `tcp://host:port`, `tls://...`, `udp://...`
  std::size_t fly_udp_max_payload = 1'200;                 ///< bytes of a packet's buffer over UDP
  std::chrono::milliseconds fly_udp_idle_timeout{60'000};  ///< silence after which a UDP client is gone

  // Application server.
  std::string rpc_host;                                  ///< well-formed for `parse_rpc_url`; empty = none
  bool norpc = false;                                    ///< as if there were no `rpc_host`
  std::size_t rpc_concurrency = 28;                      ///< calls at a time
  std::size_t rpc_max_waiting = 100'000;                 ///< calls that wait for their turn
  std::chrono::milliseconds rpc_command_timeout{3'000};  ///< of a call with its retries
  std::chrono::milliseconds rpc_request_timeout{3'000};  ///< of one attempt; 0 = what is left of the call's time
  std::size_t rpc_max_reply_size = 4'194'304;            ///< bytes of one answer
  std::string http_rpc_secret;  ///< bearer token for the application; empty = derived from `secret`; `none`
  std::string fly_rpc_secret;   ///< shared with FlyRPC backends; empty = derived from `secret`; `none`
  std::size_t fly_rpc_max_pending_size = 33'554'432;  ///< bytes on their way to one backend; beyond: the link is closed
  bool rpc_enable_tls = false;                        ///< gRPC over TLS
  bool rpc_tls_verify = true;                         ///< whether the application's certificate must be right
  std::string rpc_tls_root_ca;                        ///< PEM file of the authorities to trust; empty = the system's
  std::vector<std::string> headers{"cookie"};         ///< of the client's handshake, for the application
  std::vector<std::string> proxy_cookies;             ///< names of the cookies that go along; empty = all
  std::vector<std::string> trusted_proxies;           ///< who are believed what they tell of their clients
  bool proxy_protocol = false;  ///< their connections begin with a PROXY header; not without `trusted_proxies`
  disconnect_calls disconnect_mode = disconnect_calls::automatic;
  unsigned disconnect_rate = 100;                 ///< calls a second
  std::size_t disconnect_backlog_size = 100'000;  ///< calls that wait; more are dropped

  // Tokens.
  bool noauth = false;                                  ///< anyone may connect
  std::vector<std::string> jwt_secret;                  ///< HMAC keys; empty = `secret`; `none`
  std::vector<std::string> jwt_public_key;              ///< PEM files
  std::string jwt_jwks;                                 ///< file with a JWK Set, or well-formed for `parse_key_set_url`
  std::chrono::milliseconds jwt_jwks_refresh{600'000};  ///< between two times that a URL is fetched
  std::string jwt_param = "jid";                        ///< header `x-<param>`, query `<param>`
  bool enforce_jwt = false;                             ///< nobody gets in without a token
  std::chrono::seconds jwt_leeway{10};                  ///< how long a token counts before `nbf` and from `exp` on
  bool jwt_expiry_reconnect = true;                     ///< whose token expires is told to come back

  // Streams that clients name.
  std::string streams_secret;        ///< key of signed names; empty = `secret`; `none`
  bool public_streams = false;       ///< anyone who is in may follow any stream by name
  bool streams_whisper = false;      ///< clients may whisper on signed streams
  bool turbo_streams = false;        ///< Turbo::StreamsChannel without the application
  std::string turbo_streams_secret;  ///< empty = that of signed streams
  bool cable_ready = false;          ///< CableReady::Stream without the application
  std::string cable_ready_secret;    ///< empty = that of signed streams

  // Broadcasts.
  std::string secret;                               ///< keys that are not given are derived from it; empty = none
  std::string broadcast_key;                        ///< bearer key; empty = derived from `secret`; `none` = not asked
  std::string http_broadcast_path = "/_broadcast";  ///< begins with `/`
  std::uint16_t http_broadcast_port = 0;            ///< 0 = `port`
  std::size_t max_broadcast_size = 1'048'576;       ///< bytes of one HTTP body or one Redis payload
  std::size_t max_pending_broadcasts = 10'000;      ///< accepted and not yet in every outbox; beyond: 503, Redis waits

  std::size_t max_pending_broadcast_bytes = 268'435'456;  ///< the same in bytes of data

  // Redis.
  std::string redis_url;                       ///< well-formed for `parse_redis_url`; empty or `none` = no Redis
  std::string redis_channel = "__anycable__";  ///< channel of Redis pub/sub that brings publications
  bool redis_tls_verify = true;                ///< whether the certificate of Redis must be right
  std::string redis_tls_ca_cert_path;          ///< PEM file of the authorities to trust; empty = the system's
  std::string redis_tls_client_cert_path;      ///< path of a PEM chain; both or neither of this and its key
  std::string redis_tls_client_key_path;       ///< path of a PEM key

  // Cluster and monitor.
  std::string cluster_listen;             ///< `host:port` where other nodes link; empty = no cluster
  std::vector<std::string> cluster_join;  ///< `host:port` of other nodes
  std::string cluster_secret;             ///< that nodes prove to each other; empty = derived from `secret`
  std::string cluster_cert;               ///< path of a PEM chain; all three or none
  std::string cluster_key;                ///< path of a PEM key
  std::string cluster_ca;                 ///< path of PEM certificates: whose nodes are let in
  std::string cluster_advertise;          ///< `host:port` that other nodes are told; empty = `cluster_listen`
  std::string node_name;                  ///< empty = host name and port
  std::size_t cluster_max_pending_size = 67'108'864;  ///< bytes that wait for one other node; beyond: lost, counted
  std::string monitor_listen;  ///< `host:port` where monitoring programs attach; empty = with the nodes, if at all
  std::string monitor_secret;  ///< asked of them; empty = who may attach may read
  std::string monitor_ca;      ///< whose certificates they may have; empty = `cluster_ca`

  // Logs and metrics.
  log_severity log_level = log_severity::info;  ///< already `debug` when `debug` is set
  log_style log_format = log_style::text;
  bool debug = false;                      ///< `--debug`, short for log_level debug
  std::string metrics_http = "/metrics";   ///< path of the Prometheus page, begins with `/`; `none` = off
  std::string metrics_host = "localhost";  ///< name or IP address that `metrics_port` listens on
  std::uint16_t metrics_port = 0;          ///< TCP port of health and metrics; 0 = the main port has the metrics
};

}  // namespace ability
