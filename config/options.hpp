// Every setting of abilityd. options.cpp defines its name, range and help; parse_options.hpp fills the struct.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ability {

/// Way to tell a client that its connection is refused.
enum class auth_rejection {
  automatic,  ///< `message` for every WebSocket except FlyRPC's, else `http`
  http,       ///< 401 instead of the upgrade
  message,    ///< upgrade, `disconnect` message, close: visible to Action Cable clients in browsers
};

/// The least severe log level that is written.
enum class log_severity { debug, info, warn, error };

/// The unit of the time in a ping.
enum class ping_precision { seconds, milliseconds, nanoseconds };

/// The form of a log line.
enum class log_style { text, json };

/// Selects the connections whose end is reported to the application.
enum class disconnect_calls {
  automatic,  ///< connections that the application was asked about
  always,
  never,
};

/// Settings of one daemon. A default-constructed value holds the defaults; `parse_options` returns checked values
/// only.
struct options {
  // Server.
  std::string host = "localhost";           ///< name or IP address to listen on
  std::uint16_t port = 8080;                ///< TCP port; 0 = any free port
  std::vector<std::string> path{"/cable"};  ///< WebSocket paths; each begins with `/` and may end in `*` (any rest)
  std::string health_path = "/health";      ///< begins with `/`; the pages `/live` and `/ready` are below it
  std::vector<std::string> ready_requires;  ///< `redis`, `app`: services without which the node is not ready
  std::vector<std::string>
      allowed_origins;       ///< allowed Origins: lower-case `host[:port]`, `*` and its end, `none`, `null`, `file://`
  std::size_t max_conn = 0;  ///< concurrent connections; 0 = no limit of its own
  bool public_access = false;  ///< `--public`: anyone may connect, subscribe and publish
  auth_rejection auth_reject = auth_rejection::automatic;
  std::chrono::milliseconds shutdown_delay{0};         ///< from SIGTERM to the first closed client
  std::chrono::milliseconds shutdown_timeout{30'000};  ///< from then to the exit at the latest; 0 = at once
  std::string ssl_cert;                                ///< path of a PEM chain; set together with `ssl_key`
  std::string ssl_key;                                 ///< path of a PEM key
  std::size_t lanes = 0;                               ///< threads that serve connections; 0 = one per core

  // Client connections.
  std::chrono::seconds ping_interval{3};  ///< 0 = no pings
  ping_precision ping_timestamp_precision = ping_precision::seconds;
  std::chrono::seconds pong_timeout{0};                 ///< time to answer a ping; 0 = no answer is required
  std::chrono::milliseconds handshake_timeout{10'000};  ///< time limit for request head, TLS and upgrade
  std::chrono::milliseconds http_idle_timeout{60'000};  ///< silence after which a kept-alive HTTP connection is closed
  std::size_t max_message_size = 65'536;                ///< bytes of one message from a client
  std::chrono::milliseconds message_timeout{30'000};    ///< time limit from the first byte of a message to its last
  std::size_t max_unfinished_size = 67'108'864;         ///< bytes of incomplete requests and messages, of all clients
  std::size_t max_pending_size = 1'048'576;             ///< bytes queued for one client; beyond: `too_slow`
  std::size_t max_pending_commands = 16;  ///< unanswered commands of one connection; at the limit reading stops
  std::chrono::milliseconds close_timeout{2'000};  ///< time limit for a closing connection to receive its last bytes
  std::size_t max_subscriptions = 1'000;           ///< per connection; more are rejected
  std::size_t max_stream_subscriptions = 100;      ///< per connection and stream; more are rejected
  std::size_t max_connection_streams = 10'000;   ///< streams per connection, for the application; more are not followed
  std::size_t max_stream_identifiers = 100'000;  ///< different identifiers per stream; more are rejected
  bool enable_ws_compression = false;            ///< offer permessage-deflate

  unsigned max_commands_per_second = 0;  ///< per connection; 0 = no limit

  // FlyRPC.
  std::vector<std::string> fly_listen;                     ///< `tcp://host:port`, `tls://...`, `udp://...`
  std::size_t fly_udp_max_payload = 1'200;                 ///< buffer size of a UDP packet in bytes
  std::chrono::milliseconds fly_udp_idle_timeout{60'000};  ///< silence after which a UDP client counts as gone

  // Application server.
  std::string rpc_host;                                  ///< valid for `parse_rpc_url`; empty = none
  bool norpc = false;                                    ///< ignore `rpc_host`
  std::size_t rpc_concurrency = 28;                      ///< concurrent calls
  std::size_t rpc_max_waiting = 100'000;                 ///< calls that wait for a free slot
  std::chrono::milliseconds rpc_command_timeout{3'000};  ///< time limit of a call with its retries
  std::chrono::milliseconds rpc_request_timeout{3'000};  ///< time limit of one attempt; 0 = the rest of the call's time
  std::size_t rpc_max_reply_size = 4'194'304;            ///< bytes of one reply
  std::string http_rpc_secret;  ///< bearer token for the application; empty = derived from `secret`; `none`
  std::string fly_rpc_secret;   ///< shared with FlyRPC backends; empty = derived from `secret`; `none`
  std::size_t fly_rpc_max_pending_size = 33'554'432;  ///< bytes queued for one backend; beyond: its link is closed
  bool rpc_enable_tls = false;                        ///< gRPC over TLS
  bool rpc_tls_verify = true;                         ///< verify the application's certificate
  std::string rpc_tls_root_ca;                        ///< PEM file of trusted authorities; empty = the system's
  std::vector<std::string> headers{"cookie"};         ///< headers of the client's handshake that the application gets
  std::vector<std::string> proxy_cookies;             ///< names of the cookies that the application gets; empty = all
  std::vector<std::string> trusted_proxies;           ///< addresses whose statements about their clients are trusted
  bool proxy_protocol = false;  ///< connections of `trusted_proxies`, which it needs, begin with a PROXY header
  disconnect_calls disconnect_mode = disconnect_calls::automatic;
  unsigned disconnect_rate = 100;                 ///< calls per second
  std::size_t disconnect_backlog_size = 100'000;  ///< calls that wait; more are dropped

  // Tokens.
  bool noauth = false;                                  ///< anyone may connect
  std::vector<std::string> jwt_secret;                  ///< HMAC keys; empty = `secret`; `none`
  std::vector<std::string> jwt_public_key;              ///< PEM files
  std::string jwt_jwks;                                 ///< file with a JWK Set, or well-formed for `parse_key_set_url`
  std::chrono::milliseconds jwt_jwks_refresh{600'000};  ///< time between two fetches of a URL
  std::string jwt_param = "jid";                        ///< header `x-<param>`, query `<param>`
  bool enforce_jwt = false;                             ///< refuse clients without a token
  std::chrono::seconds jwt_leeway{10};                  ///< tolerance for `nbf` and `exp` of a token
  bool jwt_expiry_reconnect = true;                     ///< tell a client whose token expires to reconnect

  // Stream names from clients.
  std::string streams_secret;        ///< key of signed names; empty = `secret`; `none`
  bool public_streams = false;       ///< every connected client may follow any stream by name
  bool streams_whisper = false;      ///< clients may whisper on signed streams
  bool turbo_streams = false;        ///< serve Turbo::StreamsChannel without the application
  std::string turbo_streams_secret;  ///< empty = the key of signed streams
  bool cable_ready = false;          ///< serve CableReady::Stream without the application
  std::string cable_ready_secret;    ///< empty = the key of signed streams

  // Broadcasts.
  std::string secret;         ///< source of derived keys that are not given; empty = none
  std::string broadcast_key;  ///< bearer key; empty = derived from `secret`; `none` = no key required
  std::string http_broadcast_path = "/_broadcast";  ///< begins with `/`
  std::uint16_t http_broadcast_port = 0;            ///< 0 = `port`
  std::size_t max_broadcast_size = 1'048'576;       ///< bytes of one HTTP body or one Redis payload
  std::size_t max_pending_broadcasts = 10'000;  ///< accepted and not yet in every outbox; beyond: 503, and Redis waits

  std::size_t max_pending_broadcast_bytes = 268'435'456;  ///< the same bound in bytes of data

  // Redis.
  std::string redis_url;                       ///< valid for `parse_redis_url`; empty or `none` = no Redis
  std::string redis_channel = "__anycable__";  ///< Redis pub/sub channel of publications
  bool redis_tls_verify = true;                ///< verify the certificate of Redis
  std::string redis_tls_ca_cert_path;          ///< PEM file of trusted authorities; empty = the system's
  std::string redis_tls_client_cert_path;      ///< path of a PEM chain; set together with its key
  std::string redis_tls_client_key_path;       ///< path of a PEM key

  // Cluster and monitor.
  std::string cluster_listen;             ///< `host:port` for links of other nodes; empty = no cluster
  std::vector<std::string> cluster_join;  ///< `host:port` of other nodes
  std::string cluster_secret;             ///< shared secret of the nodes; empty = derived from `secret`
  std::string cluster_cert;               ///< path of a PEM chain; set together with the next two
  std::string cluster_key;                ///< path of a PEM key
  std::string cluster_ca;                 ///< path of PEM certificates of the authorities of other nodes
  std::string cluster_advertise;          ///< `host:port` announced to other nodes; empty = `cluster_listen`
  std::string node_name;                  ///< empty = host name and port
  std::size_t cluster_max_pending_size = 67'108'864;  ///< bytes queued for one other node; beyond: lost, counted
  std::string monitor_listen;  ///< `host:port` for monitoring programs; empty = at `cluster_listen`, if set
  std::string monitor_secret;  ///< secret for attaching and reading; empty = every program that may attach may read
  std::string monitor_ca;      ///< the same for monitoring programs; empty = `cluster_ca`

  // Logs and metrics.
  log_severity log_level = log_severity::info;  ///< already `debug` when `debug` is set
  log_style log_format = log_style::text;
  bool debug = false;                      ///< `--debug`, short for `log_level` debug
  std::string metrics_http = "/metrics";   ///< path of the Prometheus page, begins with `/`; `none` = off
  std::string metrics_host = "localhost";  ///< name or IP address that `metrics_port` listens on
  std::uint16_t metrics_port = 0;          ///< TCP port of health and metrics; 0 = metrics on the main port
};

}  // namespace ability
