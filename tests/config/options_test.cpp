// Transfer of a value from its source to the struct.
// Labels: hardened
#define CAF_SUITE options

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

CAF_TEST_FIXTURE_SCOPE(options_tests, options_fixture)

CAF_TEST(nothing given is the defaults) {
  auto o = good({});
  CAF_CHECK_EQUAL(o.server.host, "localhost");
  CAF_CHECK_EQUAL(o.server.port, 8080u);
  CAF_CHECK_EQUAL(o.edge.cable_paths, texts{"/cable"});
  CAF_CHECK_EQUAL(o.public_access, false);
  CAF_CHECK(o.edge.reject_by == rejection::automatic);
  CAF_CHECK(o.edge.ping_interval == 3s);
  CAF_CHECK(o.edge.handshake_timeout == 10s);
  CAF_CHECK_EQUAL(o.edge.max_pending_size, 1'048'576u);
  CAF_CHECK_EQUAL(o.redis_url, "");
  CAF_CHECK(o.log.lowest == log_level::info);
  CAF_CHECK_EQUAL(o.edge.metrics_path, "/metrics");
  CAF_CHECK_EQUAL(o.server.metrics_host, "localhost");
  CAF_CHECK_EQUAL(o.server.metrics_port, 0u);
  CAF_CHECK_EQUAL(o.ready_requires, texts{});
}

CAF_TEST(what readiness requires is one or both of two names) {
  CAF_CHECK_EQUAL(good({"--ready-requires=redis,app"}).ready_requires, (texts{"redis", "app"}));
  CAF_CHECK_EQUAL(mistake({"--ready-requires=postgres"}),
                  R"(--ready-requires is "postgres", but must be redis, app, or both with a comma between them.)");
}

CAF_TEST(nothing given asks no application) {
  auto o = good({});
  CAF_CHECK_EQUAL(o.app_server.url, "");
  CAF_CHECK_EQUAL(o.app_server.off, false);
  CAF_CHECK_EQUAL(o.node.app.concurrency, 28u);
  CAF_CHECK_EQUAL(o.node.app.max_waiting, 100'000u);
  CAF_CHECK(o.node.app.command_timeout == 3s);
  CAF_CHECK(o.node.app.request_timeout == 3s);
  CAF_CHECK_EQUAL(o.app_server.max_reply, 4'194'304u);
  CAF_CHECK_EQUAL(o.app_server.http_secret, "");
  CAF_CHECK_EQUAL(o.app_server.grpc_tls, false);
  CAF_CHECK_EQUAL(o.app_server.verify, true);
  CAF_CHECK_EQUAL(o.app_server.ca_file, "");
  CAF_CHECK_EQUAL(o.edge.forwarded_headers, texts{"cookie"});
  CAF_CHECK_EQUAL(o.edge.forwarded_cookies, texts{});
  CAF_CHECK_EQUAL(o.trusted_proxies, texts{});
  CAF_CHECK(o.node.app.disconnects == disconnect_mode::automatic);
  CAF_CHECK_EQUAL(o.node.app.disconnect_rate, 100u);
  CAF_CHECK_EQUAL(o.node.app.disconnect_backlog, 100'000u);
  CAF_CHECK_EQUAL(o.node.max_commands_per_second, 0u);
}

CAF_TEST(nothing given checks no token and opens no stream) {
  auto o = good({});
  CAF_CHECK_EQUAL(o.node.public_access, false);
  CAF_CHECK_EQUAL(o.tokens.secrets, texts{});
  CAF_CHECK_EQUAL(o.tokens.public_key_files, texts{});
  CAF_CHECK_EQUAL(o.tokens.key_set, "");
  CAF_CHECK_EQUAL(o.edge.token_param, "jid");
  CAF_CHECK_EQUAL(o.node.token_required, false);
  CAF_CHECK_EQUAL(o.node.streams.streams_secret, "");
  CAF_CHECK_EQUAL(o.node.streams.public_streams, false);
  CAF_CHECK_EQUAL(o.node.streams.whisper_signed, false);
  CAF_CHECK_EQUAL(o.node.streams.turbo, false);
  CAF_CHECK_EQUAL(o.node.streams.cable_ready, false);
}

CAF_TEST(no arguments at all are fine) {
  auto result = parse_options({}, [](std::string_view) { return std::nullopt; }, {});
  CAF_CHECK(result.run.has_value());
  CAF_CHECK_EQUAL(result.exit_code, 0);
}

CAF_TEST(a flag takes its value after a space or an equals sign and with dashes or underscores) {
  CAF_CHECK_EQUAL(good({"--max-conn", "7"}).edge.max_connections, 7u);
  CAF_CHECK_EQUAL(good({"--max-conn=7"}).edge.max_connections, 7u);
  CAF_CHECK_EQUAL(good({"--max_conn", "7"}).edge.max_connections, 7u);
  CAF_CHECK_EQUAL(good({"--max_conn=7"}).edge.max_connections, 7u);
}

CAF_TEST(an empty value does not eat the next argument) {
  auto o = good({"--allowed-origins=", "--port=1"});
  CAF_CHECK_EQUAL(o.edge.allowed_origins, texts{});
  CAF_CHECK_EQUAL(o.server.port, 1u);
  CAF_CHECK_EQUAL(good({"--secret", "", "--port=1"}).server.port, 1u);
}

CAF_TEST(yes and no have several words) {
  CAF_CHECK(good({"--public"}).public_access);
  CAF_CHECK(!good({"--public=false"}).public_access);
  for (const auto* word : {"true", "1", "yes", "on"})
    CAF_CHECK(good({}, {{"ABILITY_PUBLIC", word}}).public_access);
  for (const auto* word : {"false", "0", "no", "off"})
    CAF_CHECK(!good({}, {{"ABILITY_PUBLIC", word}}).public_access);
}

CAF_TEST(the command line goes before the environment and that before the file) {
  write("port = 1\nhost = \"file\"\nlanes = 3\n");
  auto o = good({"--port=2"}, {{"ABILITY_PORT", "4"}, {"ABILITY_HOST", "env"}});
  CAF_CHECK_EQUAL(o.server.port, 2u);
  CAF_CHECK_EQUAL(o.server.host, "env");
  CAF_CHECK_EQUAL(o.server.lanes, 3u);
}

CAF_TEST(our variable goes before that of AnyCable and that before the platform) {
  options_fixture::variables env{{"PORT", "1"}};
  CAF_CHECK_EQUAL(good({}, env).server.port, 1u);
  env["ANYCABLE_PORT"] = "2";
  CAF_CHECK_EQUAL(good({}, env).server.port, 2u);
  env["ABILITY_PORT"] = "3";
  CAF_CHECK_EQUAL(good({}, env).server.port, 3u);
  CAF_CHECK_EQUAL(good({}, {{"REDIS_URL", "redis://a"}}).redis_url, "redis://a");
}

CAF_TEST(an empty variable counts as not set) {
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_PORT", ""}, {"PORT", "5"}}).server.port, 5u);
}

CAF_TEST(the names of AnyCable work everywhere) {
  CAF_CHECK_EQUAL(good({"--ws-max-pending-size=2000"}).edge.max_pending_size, 2'000u);
  CAF_CHECK_EQUAL(good({"--ws_max_pending_size=2000"}).edge.max_pending_size, 2'000u);
  CAF_CHECK_EQUAL(good({}, {{"ANYCABLE_WS_MAX_PENDING_SIZE", "2000"}}).edge.max_pending_size, 2'000u);
  write("ws_write_timeout = 4\n");
  CAF_CHECK(good({}).edge.close_timeout == 4s);
}

CAF_TEST(AnyCable has no variable for what only we have) {
  CAF_CHECK_EQUAL(good({}, {{"ANYCABLE_LANES", "5"}}).server.lanes, 0u);
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_LANES", "5"}}).server.lanes, 5u);
}

CAF_TEST(a list comes with commas or by repetition and replaces the one below it) {
  write("path = [\"/file\", \"/other\"]\n");
  CAF_CHECK_EQUAL(good({}).edge.cable_paths, (texts{"/file", "/other"}));
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_PATH", "/a, /b/*"}}).edge.cable_paths, (texts{"/a", "/b/*"}));
  CAF_CHECK_EQUAL(good({"--path=/a,/b", "--path", "/c"}).edge.cable_paths, (texts{"/a", "/b", "/c"}));
}

CAF_TEST(origins are kept in lower case) {
  CAF_CHECK_EQUAL(good({"--allowed-origins=Example.COM,*.b.org:3000"}).edge.allowed_origins,
                  (texts{"example.com", "*.b.org:3000"}));
}

CAF_TEST(durations are seconds unless they say otherwise) {
  CAF_CHECK(good({"--handshake-timeout=2"}).edge.handshake_timeout == 2s);
  CAF_CHECK(good({"--handshake-timeout=250ms"}).edge.handshake_timeout == 250ms);
  CAF_CHECK(good({"--handshake-timeout=2s"}).edge.handshake_timeout == 2s);
  CAF_CHECK(good({"--handshake-timeout=2m"}).edge.handshake_timeout == 2min);
  CAF_CHECK(good({"--handshake-timeout=1h"}).edge.handshake_timeout == 1h);
  CAF_CHECK(good({"--shutdown-timeout=0"}).server.shutdown_timeout == 0s);
}

CAF_TEST(the settings of an AnyCable deployment work) {
  auto o = good({}, {{"ANYCABLE_RPC_HOST", "http://127.0.0.1:9292/_anycable"},
                     {"ANYCABLE_HTTP_RPC_SECRET", "s"},
                     {"ANYCABLE_HEADERS", "cookie,x-api-token"},
                     {"ANYCABLE_PROXY_COOKIES", "_session,other"},
                     {"ANYCABLE_RPC_CONCURRENCY", "5"},
                     {"ANYCABLE_RPC_MAX_CALL_RECV_SIZE", "1000"},
                     {"ANYCABLE_DISCONNECT_MODE", "never"},
                     {"ANYCABLE_DISCONNECT_RATE", "7"},
                     {"ANYCABLE_DISCONNECT_BACKLOG_SIZE", "8"},
                     {"ANYCABLE_JWT_SECRET", "j"},
                     {"ANYCABLE_JWT_PARAM", "token"},
                     {"ANYCABLE_ENFORCE_JWT", "true"},
                     {"ANYCABLE_STREAMS_SECRET", "t"},
                     {"ANYCABLE_PUBLIC_STREAMS", "1"},
                     {"ANYCABLE_STREAMS_WHISPER", "1"},
                     {"ANYCABLE_TURBO_STREAMS", "1"},
                     {"ANYCABLE_CABLE_READY", "1"},
                     {"ANYCABLE_NOAUTH", "1"}});
  CAF_CHECK_EQUAL(o.app_server.url, "http://127.0.0.1:9292/_anycable");
  CAF_CHECK_EQUAL(o.app_server.http_secret, "s");
  CAF_CHECK_EQUAL(o.edge.forwarded_headers, (texts{"cookie", "x-api-token"}));
  CAF_CHECK_EQUAL(o.edge.forwarded_cookies, (texts{"_session", "other"}));
  CAF_CHECK_EQUAL(o.node.app.concurrency, 5u);
  CAF_CHECK_EQUAL(o.app_server.max_reply, 1'000u);
  CAF_CHECK(o.node.app.disconnects == disconnect_mode::never);
  CAF_CHECK_EQUAL(o.node.app.disconnect_rate, 7u);
  CAF_CHECK_EQUAL(o.node.app.disconnect_backlog, 8u);
  CAF_CHECK_EQUAL(o.tokens.secrets, texts{"j"});
  CAF_CHECK_EQUAL(o.edge.token_param, "token");
  CAF_CHECK(o.node.token_required);
  CAF_CHECK_EQUAL(o.node.streams.streams_secret, "t");
  CAF_CHECK(o.node.streams.public_streams && o.node.streams.whisper_signed && o.node.streams.turbo &&
            o.node.streams.cable_ready && o.node.public_access);
}

CAF_TEST(an address of the application may have any of its forms) {
  for (const auto* host : {"127.0.0.1:50051", "grpc://app:50051", "dns:///app:50051", "none", "https://app/rpc"})
    CAF_CHECK_EQUAL(good({"--rpc_host", host}).app_server.url, host);
  CAF_CHECK_EQUAL(good({"--rpc-host="}).app_server.url, "");
}

CAF_TEST(what AnyCable counts in milliseconds is in milliseconds) {
  CAF_CHECK(good({"--rpc-command-timeout=5000"}).node.app.command_timeout == 5s);
  CAF_CHECK(good({"--rpc-command-timeout=5s"}).node.app.command_timeout == 5s);
  CAF_CHECK(good({"--rpc-command-timeout=250ms"}).node.app.command_timeout == 250ms);
  CAF_CHECK(good({"--rpc-request-timeout=0"}).node.app.request_timeout == 0ms);
  CAF_CHECK(good({}, {{"ANYCABLE_RPC_REQUEST_TIMEOUT", "40"}}).node.app.request_timeout == 40ms);
  CAF_CHECK(good({"--rpc-request-timeout=3600000"}).node.app.request_timeout == 1h);
  write("rpc_command_timeout = 70\n");
  CAF_CHECK(good({}).node.app.command_timeout == 70ms);
}

CAF_TEST(sessions are bound to cookies by name) {
  CAF_CHECK_EQUAL(good({"--sessions-bind=cookies=user_id, Other"}).edge.bound_cookies, (texts{"user_id", "Other"}));
  CAF_CHECK_EQUAL(good({"--sessions-bind="}).edge.bound_cookies, texts{});
}

CAF_TEST(headers are kept in lower case and cookies as they are) {
  CAF_CHECK_EQUAL(good({"--headers=Cookie,X-API-Token"}).edge.forwarded_headers, (texts{"cookie", "x-api-token"}));
  CAF_CHECK_EQUAL(good({"--headers="}).edge.forwarded_headers, texts{});
  CAF_CHECK_EQUAL(good({"--proxy-cookies=_Session"}).edge.forwarded_cookies, texts{"_Session"});
}

CAF_TEST(tokens may have several keys) {
  CAF_CHECK_EQUAL(good({"--jwt-secret=new,old"}).tokens.secrets, (texts{"new", "old"}));
  CAF_CHECK_EQUAL(good({"--jwt-public-key=a.pem", "--jwt-public-key=b.pem"}).tokens.public_key_files,
                  (texts{"a.pem", "b.pem"}));
}

CAF_TEST(words become enumerators) {
  CAF_CHECK(good({"--auth-reject=http"}).edge.reject_by == rejection::http);
  CAF_CHECK(good({"--auth-reject=message"}).edge.reject_by == rejection::message);
  CAF_CHECK(good({"--log-level=warn"}).log.lowest == log_level::warn);
  CAF_CHECK(good({"--log-format=json"}).log.format == log_format::json);
  CAF_CHECK(good({"--disconnect-mode=always"}).node.app.disconnects == disconnect_mode::always);
}

CAF_TEST(debug is log level debug unless a higher source says another level) {
  CAF_CHECK(good({"--debug"}).log.lowest == log_level::debug);
  CAF_CHECK(good({"--debug", "--log-level=warn"}).log.lowest == log_level::debug);
  CAF_CHECK(good({"--debug"}, {{"ABILITY_LOG_LEVEL", "warn"}}).log.lowest == log_level::debug);
  auto o = good({"--log-level=warn"}, {{"ABILITY_DEBUG", "1"}});
  CAF_CHECK(o.log.lowest == log_level::warn);
  CAF_CHECK(!o.log.debug);
}

CAF_TEST(sizes may have a unit) {
  for (const auto* value : {"65536", "65536b", "64k", "64kb", "64KB", "64KiB"})
    CAF_CHECK_EQUAL(good({"--max-message-size", value}).edge.max_message_size, 65'536u);
  CAF_CHECK_EQUAL(good({"--max-pending-size=1MiB"}).edge.max_pending_size, 1'048'576u);
  CAF_CHECK_EQUAL(good({"--max-pending-broadcast-bytes=2g"}).node.max_pending_bytes, 2'147'483'648u);
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_MAX_MESSAGE_SIZE", "1kb"}}).edge.max_message_size, 1'024u);
  write("max_message_size = \"2kb\"\n");
  CAF_CHECK_EQUAL(good({}).edge.max_message_size, 2'048u);
}

CAF_TEST(flags are as Go has them too) {
  for (const auto* value : {"true", "1", "t", "T", "TRUE", "True", "yes", "on"})
    CAF_CHECK(good({}, {{"ANYCABLE_PUBLIC", value}}).public_access);
  for (const auto* value : {"false", "0", "f", "F", "FALSE", "no", "off"})
    CAF_CHECK(!good({}, {{"ANYCABLE_PUBLIC", value}}).public_access);
}

CAF_TEST(the ends of a range belong to it) {
  CAF_CHECK_EQUAL(good({"--port=0"}).server.port, 0u);
  CAF_CHECK_EQUAL(good({"--port=65535"}).server.port, 65'535u);
  CAF_CHECK_EQUAL(good({"--lanes=256"}).server.lanes, 256u);
  CAF_CHECK_EQUAL(good({"--max-message-size=16777216"}).edge.max_message_size, 16'777'216u);
  CAF_CHECK_EQUAL(good({"--max-pending-commands=1"}).edge.max_pending_commands, 1u);
  CAF_CHECK(good({"--ping-interval=3600"}).edge.ping_interval == 1h);
}

CAF_TEST(the real environment is read when no other is given) {
  setenv("ABILITY_HOST", "from.env", 1);
  const char* args[] = {"abilityd", "--ignore-config-path"};
  auto result = parse_options(args);
  unsetenv("ABILITY_HOST");
  CAF_REQUIRE(result.run.has_value());
  CAF_CHECK_EQUAL(result.run->server.host, "from.env");
}

CAF_TEST_FIXTURE_SCOPE_END()
