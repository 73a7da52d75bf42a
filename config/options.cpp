// The declaration of every option; those of publications are in `publication_options.cpp`.
#include "config/options.hpp"

#include "config/option.hpp"
#include "config/option_types.hpp"
#include "config/parsed_options.hpp"
#include "config/publication_options.hpp"

namespace ability {
namespace {

using namespace std::chrono_literals;

std::vector<option> server() {
  return {
      text("host", field_of(&server_settings::host), forms::host,
           "name or address to listen on; 0.0.0.0 or :: is every interface"),
      number("port", field_of(&server_settings::port), 0, 65'535, "", "TCP port to listen on; 0 takes any free one")
          .also_from("PORT"),
      list("path", field_of(&edge_settings::cable_paths), forms::path_pattern, false,
           "where clients open a WebSocket; a trailing * stands for any rest, {name} for any one segment"),
      text("health_path", field_of(&edge_settings::health_path), forms::absolute_path,
           "page that answers 200 while the daemon serves; /live below it answers 200 as long as the process does, "
           "/ready tells in JSON whether to send clients here and what is away"),
      list("ready_requires", field_of(&options::ready_requires), forms::dependency, true,
           "what the daemon is not ready without: redis, app; with anything else away it is ready, and degraded")
          .ours(),
      origins(
          "hosts of the pages that may connect, as in their Origin header; * at the beginning stands for anything, * "
          "alone for everybody; none, null and file:// are clients that are no web page and send no Origin, or that "
          "one; empty allows the pages of the host that they connect to if an application gets cookies to see, else "
          "all"),
      number("max_conn", field_of(&edge_settings::max_connections), 0, 100'000'000, "",
             "client connections at a time; 0 sets no limit of its own"),
      flag("public", field_of(&options::public_access),
           "let anyone connect, subscribe to any stream by name, and publish; for trying out and for closed networks"),
      choice(
          "auth_reject", field_of(&edge_settings::reject_by),
          {{"auto", rejection::automatic}, {"http", rejection::http}, {"message", rejection::message}},
          "how a client is refused: http answers 401, message opens the WebSocket and sends a disconnect message, auto "
          "takes message for every WebSocket but FlyRPC's")
          .ours(),
      duration("shutdown_delay", field_of(&server_settings::shutdown_delay), 0ms, 1h,
               "time from SIGTERM in which all clients are served, new ones too, while health pages say that none are "
               "welcome: as long as a balancer takes to notice")
          .ours(),
      duration(
          "shutdown_timeout", field_of(&server_settings::shutdown_timeout), 0ms, 1h,
          "time from SIGTERM, or from the end of shutdown_delay, to the end, at most; clients are sent away evenly "
          "over it"),
      text("ssl_cert", field_of(&server_settings::ssl_cert), forms::file,
           "PEM file with the certificate and its chain; with ssl_key, the port speaks TLS"),
      text("ssl_key", field_of(&server_settings::ssl_key), forms::file, "PEM file with the private key of ssl_cert"),
      number("lanes", field_of(&server_settings::lanes), 0, 256, "",
             "threads that serve connections; 0 is one per core")
          .ours(),
  };
}

std::vector<option> client_connections() {
  return {
      whole_seconds("ping_interval", field_of(&edge_settings::ping_interval), 1h,
                    "time between two pings to a client; 0 turns them off; a client may choose by ?pi=SECONDS"),
      choice("ping_timestamp_precision", field_of(&edge_settings::ping_unit),
             {{"s", ping_unit::seconds}, {"ms", ping_unit::milliseconds}, {"ns", ping_unit::nanoseconds}},
             "unit of the time in a ping: seconds, milliseconds or nanoseconds; a client may choose by ?ptp=UNIT"),
      whole_seconds("pong_timeout", field_of(&edge_settings::pong_timeout), 1h,
                    "time a client has to answer a ping, beyond which it is closed as no_pong; counts for clients of "
                    "the extended protocol, and those that offer actioncable-ext-pong; 0 asks for no answer"),
      duration("handshake_timeout", field_of(&edge_settings::handshake_timeout), 1ms, 1h,
               "time a new connection has for TLS and its request, and a kept one for each further request")
          .ours(),
      duration("http_idle_timeout", field_of(&edge_settings::http_idle_timeout), 1ms, 24h,
               "silence after which a kept-alive HTTP connection is closed")
          .ours(),
      number("max_message_size", field_of(&edge_settings::max_message_size), 1, 16'777'216, "bytes",
             "largest message from a client; a larger one closes its connection"),
      duration("message_timeout", field_of(&edge_settings::message_timeout), 1ms, 1h,
               "time a message of a client may take from its first byte to its last; one that takes longer closes its "
               "connection")
          .ours(),
      number("max_unfinished_size", field_of(&edge_settings::max_unfinished_size), 65'536, 16 * gibibyte, "bytes",
             "what requests and messages that are not whole yet, and answers over 256 KiB that programs have not read, "
             "may "
             "take together; beyond it HTTP answers 503 and clients are closed")
          .ours(),
      number("max_pending_size", field_of(&edge_settings::max_pending_size), 1'024, gibibyte, "bytes",
             "what may wait on its way to one client; beyond it the client is closed as too_slow")
          .zero_is("1073741824")
          .anycable_calls_it("ws_max_pending_size"),
      number("max_pending_commands", field_of(&edge_settings::max_pending_commands), 1, 1'024, "",
             "commands of one connection that may wait for their answer; beyond it nothing more is read from it")
          .ours(),
      number("max_subscriptions", field_of(&node_settings::max_subscriptions), 1, 1'000'000, "",
             "subscriptions of one connection; more are rejected")
          .ours(),
      number("max_stream_subscriptions", field_of(&node_settings::max_stream_subscriptions), 1, 1'000'000, "",
             "subscriptions of one connection that follow the same stream, each of which gets every message; more are "
             "rejected")
          .ours(),
      number(
          "max_connection_streams", field_of(&node_settings::max_connection_streams), 1, 1'000'000, "",
          "streams that the application has one connection follow, in all its subscriptions together; a subscription "
          "with more is rejected")
          .ours(),
      number("max_stream_identifiers", field_of(&node_settings::max_stream_identifiers), 1, 100'000'000, "",
             "different identifiers under which one stream is followed, for each of which every message is encoded; "
             "subscriptions under more are rejected")
          .ours(),
      duration("close_timeout", field_of(&edge_settings::close_timeout), 1ms, 1h,
               "time a closing connection has to take its last bytes")
          .anycable_calls_it("ws_write_timeout"),
      flag("enable_ws_compression", field_of(&edge_settings::compression),
           "offer permessage-deflate to clients; costs memory per connection"),
      number("max_commands_per_second", field_of(&node_settings::max_commands_per_second), 0, 1'000'000, "",
             "commands of one connection; what exceeds it is dropped and the client told; 0 sets no limit")
          .ours(),
  };
}

std::vector<option> flyrpc() {
  return {
      list("fly_listen", field_of(&options::fly_listen), forms::fly_address, true,
           "where FlyRPC clients connect: tcp://host:port, tls://host:port (with ssl_cert), udp://host:port; over "
           "WebSocket they come by the subprotocol flyrpc.v1")
          .ours(),
      number("fly_udp_max_payload", field_of(&server_settings::fly_udp_max_payload), 128, 65'501, "bytes",
             "largest buffer of a FlyRPC packet over UDP; what is larger is not sent")
          .ours(),
      duration("fly_udp_idle_timeout", field_of(&server_settings::fly_udp_idle_timeout), 100ms, 24h,
               "silence after which a UDP client is gone")
          .ours(),
  };
}

std::vector<option> application() {
  return {
      application_address("the application, which is asked who may connect and follow what: an HTTP server (POST to "
                          "URL/connect, /command, /disconnect), a gRPC server (host:port), or FlyRPC backends "
                          "(fly://host:port,host:port), which FlyRPC clients call, too; empty asks nobody")
          .hide(secrecy::url_login),
      flag("norpc", field_of(&app_server_settings::off), "ask no application, whatever rpc_host says"),
      number("rpc_concurrency", field_of(&app_settings::concurrency), 1, 100'000, "",
             "calls to the application at a time"),
      number("rpc_max_waiting", field_of(&app_settings::max_waiting), 0, 100'000'000, "",
             "calls that may wait for their turn; more fail at once")
          .ours(),
      milliseconds_or("rpc_command_timeout", field_of(&app_settings::command_timeout), 1ms, 1h,
                      "time of a call from its first attempt, retries included"),
      milliseconds_or("rpc_request_timeout", field_of(&app_settings::request_timeout), 0ms, 1h,
                      "time of one attempt; 0 allows what is left of rpc_command_timeout"),
      number("rpc_max_reply_size", field_of(&app_server_settings::max_reply), 1, gibibyte, "bytes",
             "largest answer of the application")
          .zero_is("4194304")
          .anycable_calls_it("rpc_max_call_recv_size"),
      text("http_rpc_secret", field_of(&app_server_settings::http_secret), forms::bearer_key,
           "bearer token that an HTTP application is sent; empty derives it from secret; none sends none")
          .hide(secrecy::value),
      text("fly_rpc_secret", field_of(&app_server_settings::fly_secret), forms::secret,
           "secret that FlyRPC backends share with the daemon; empty derives it from secret; none uses none")
          .ours()
          .hide(secrecy::value),
      number("fly_rpc_max_pending_size", field_of(&app_server_settings::fly_max_pending), 1'048'576, gibibyte, "bytes",
             "what may wait on its way to one FlyRPC backend, for each lane; beyond it the link is closed and dialled "
             "again")
          .ours(),
      flag("rpc_enable_tls", field_of(&app_server_settings::grpc_tls), "speak TLS to a gRPC application"),
      flag("rpc_tls_verify", field_of(&app_server_settings::verify),
           "accept only a valid certificate of the application; --rpc-tls-verify=false takes any"),
      text("rpc_tls_root_ca", field_of(&app_server_settings::ca_file), forms::file,
           "PEM file of the authorities whose certificates the application may have; empty trusts the system's"),
      forwarded_headers("headers of the client's handshake that the application gets to see"),
      list("proxy_cookies", field_of(&edge_settings::forwarded_cookies), forms::cookie, true,
           "cookies that the application gets to see when headers has cookie; empty is all"),
      list("trusted_proxies", field_of(&options::trusted_proxies), forms::address_range, true,
           "proxies that are believed what X-Forwarded-For, Forwarded or X-Real-IP tells of the client's address, and "
           "X-Forwarded-Proto of its scheme")
          .ours(),
      flag("proxy_protocol", field_of(&edge_settings::proxy_protocol),
           "the TCP connections of trusted_proxies begin with a header of the PROXY protocol, version 1 or 2, that "
           "tells "
           "the client's address; those of others do not")
          .ours(),
      choice("disconnect_mode", field_of(&app_settings::disconnects),
             {{"auto", disconnect_mode::automatic},
              {"always", disconnect_mode::always},
              {"never", disconnect_mode::never}},
             "which connections the application is told of when they end; auto is those it was asked about"),
      number("disconnect_rate", field_of(&app_settings::disconnect_rate), 1, 1'000'000, "",
             "calls a second that tell the application of connections that ended"),
      number("disconnect_backlog_size", field_of(&app_settings::disconnect_backlog), 0, 100'000'000, "",
             "such calls that may wait; more are dropped and counted"),
  };
}

std::vector<option> tokens() {
  return {
      flag("noauth", field_of(&node_settings::public_access),
           "let anyone connect; what they may follow is another matter"),
      list("jwt_secret", field_of(&token_settings::secrets), forms::bearer_key, true,
           "HMAC keys of the JSON Web Tokens that let clients in, with commas between them; empty takes secret; none "
           "takes no such tokens")
          .hide(secrecy::value),
      list("jwt_public_key", field_of(&token_settings::public_key_files), forms::file, true,
           "PEM files of RSA or EC keys of such tokens, with commas between them")
          .ours(),
      key_set("file with a JWK Set: more keys of such tokens; or https:// and where it is, to be fetched again every "
              "jwt_jwks_refresh, and when a token names a key that is not there")
          .ours()
          .hide(secrecy::url_login),
      duration("jwt_jwks_refresh", field_of(&node_settings::key_set_refresh), 1s, 24h,
               "time between two fetches of a JWK Set by URL")
          .ours(),
      text("jwt_param", field_of(&edge_settings::token_param), forms::token_name,
           "where the token is: header x-NAME, or NAME in the query; or subprotocol anycable-token.TOKEN"),
      flag("enforce_jwt", field_of(&node_settings::token_required), "let nobody in without a token"),
      whole_seconds("jwt_leeway", field_of(&node_settings::token_leeway), 1h,
                    "how far clocks may differ: a token counts this long before its nbf and from its exp on")
          .ours(),
      flag("jwt_expiry_reconnect", field_of(&edge_settings::expired_may_return),
           "tell a client whose token expires to come back, so that it gets a new one; false tells it to stay away")
          .ours(),
  };
}

std::vector<option> streams() {
  return {
      text("streams_secret", field_of(&stream_channel_settings::streams_secret), forms::secret,
           "key of signed stream names; empty takes secret; none accepts none")
          .hide(secrecy::value),
      flag("public_streams", field_of(&stream_channel_settings::public_streams),
           "let clients follow any stream by its name"),
      flag("streams_whisper", field_of(&stream_channel_settings::whisper_signed),
           "let clients whisper to those who follow a signed stream"),
      flag("streams_presence", field_of(&stream_channel_settings::presence),
           "let clients be present in the streams that they follow by the channel $pubsub"),
      flag("turbo_streams", field_of(&stream_channel_settings::turbo),
           "serve Turbo::StreamsChannel without the application"),
      text("turbo_streams_secret", field_of(&stream_channel_settings::turbo_secret), forms::secret,
           "key of the names of Turbo streams; empty takes that of signed streams")
          .hide(secrecy::value),
      flag("cable_ready", field_of(&stream_channel_settings::cable_ready),
           "serve CableReady::Stream without the application"),
      text("cable_ready_secret", field_of(&stream_channel_settings::cable_ready_secret), forms::secret,
           "key of the names of CableReady streams; empty takes that of signed streams")
          .hide(secrecy::value),
  };
}

std::vector<option> cluster_and_monitor() {
  return {
      text("cluster_listen", field_of(&options::cluster_listen), forms::endpoint,
           "where other nodes link and monitoring programs attach; empty is a node alone. It needs cluster_secret or "
           "secret; other addresses than loopback also need cluster_cert, cluster_key and cluster_ca, and 0.0.0.0 or "
           "[::] needs cluster_advertise")
          .ours(),
      list("cluster_join", field_of(&cluster_settings::join), forms::endpoints, true,
           "cluster_listen addresses of other nodes, with commas between them: any one that is up will do")
          .ours(),
      text(
          "cluster_secret", field_of(&tunnel_settings::secret), forms::secret,
          "secret that nodes prove to each other, and that commands by monitoring programs need; empty derives it from "
          "secret")
          .ours()
          .hide(secrecy::value),
      text("cluster_cert", field_of(&tunnel_settings::certificate_file), forms::file,
           "PEM chain of this node's certificate")
          .ours(),
      text("cluster_key", field_of(&tunnel_settings::key_file), forms::file, "PEM key of that certificate").ours(),
      text("cluster_ca", field_of(&tunnel_settings::ca_file), forms::file,
           "PEM file of the authorities whose certificates nodes must have")
          .ours(),
      text("cluster_advertise", field_of(&member::address), forms::endpoint,
           "address at which other nodes reach this one; empty is cluster_listen")
          .ours(),
      text("node_name", field_of(&member::name), forms::node_name,
           "what people call this node; empty is the host's name and the port of cluster_listen, or of port")
          .anycable_calls_it("node_id"),
      number("cluster_max_pending_size", field_of(&cluster_settings::max_pending_bytes), 65'536, 16 * gibibyte, "bytes",
             "publications that may wait for one other node that is slow; more are lost for it and counted")
          .ours(),
      text(
          "monitor_listen", field_of(&options::monitor_listen), forms::endpoint,
          "where monitoring programs attach; empty is cluster_listen. Other addresses than loopback need cluster_cert, "
          "cluster_key, and monitor_ca or cluster_ca")
          .ours(),
      text("monitor_secret", field_of(&monitor_settings::read_secret), forms::secret,
           "secret that monitoring programs have to know to read; empty lets those read that can attach")
          .ours()
          .hide(secrecy::value),
      text("monitor_ca", field_of(&tunnel_settings::monitor_ca_file), forms::file,
           "PEM file of the authorities whose certificates programs at monitor_listen must have; empty is cluster_ca")
          .ours(),
  };
}

std::vector<option> logs_and_metrics() {
  return {
      choice("log_level", field_of(&log_settings::lowest),
             {{"debug", log_level::debug},
              {"info", log_level::info},
              {"warn", log_level::warn},
              {"error", log_level::error}},
             "least severe record that is logged"),
      choice("log_format", field_of(&log_settings::format), {{"text", log_format::text}, {"json", log_format::json}},
             "form of a log line"),
      flag("debug", field_of(&log_settings::debug), "short for log_level debug"),
      text("metrics_http", field_of(&edge_settings::metrics_path), forms::path_or_none,
           "page with the metrics for Prometheus; none turns it off"),
      text("metrics_host", field_of(&server_settings::metrics_host), forms::host,
           "name or address that metrics_port listens on"),
      number("metrics_port", field_of(&server_settings::metrics_port), 0, 65'535, "",
             "TCP port for metrics and health, by plain HTTP, which answers also when clients have used up all else; 0 "
             "has the metrics at the main port"),
  };
}

}  // namespace

const std::vector<option_group>& all_options() {
  static const std::vector<option_group> groups{
      {"Server", server()},
      {"Client connections", client_connections()},
      {"FlyRPC", flyrpc()},
      {"Application", application()},
      {"Tokens", tokens()},
      {"Streams that clients name", streams()},
      {"Broadcasts", broadcast_options()},
      {"History", history_options()},
      {"Presence", presence_options()},
      {"Redis", redis_options()},
      {"Cluster and monitor", cluster_and_monitor()},
      {"Logs and metrics", logs_and_metrics()},
  };
  return groups;
}

}  // namespace ability
