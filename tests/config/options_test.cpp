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
  CAF_CHECK_EQUAL(o.host, "localhost");
  CAF_CHECK_EQUAL(o.port, 8080u);
  CAF_CHECK_EQUAL(o.path, texts{"/cable"});
  CAF_CHECK_EQUAL(o.public_access, false);
  CAF_CHECK(o.auth_reject == auth_rejection::automatic);
  CAF_CHECK(o.ping_interval == 3s);
  CAF_CHECK(o.handshake_timeout == 10s);
  CAF_CHECK_EQUAL(o.max_pending_size, 1'048'576u);
  CAF_CHECK_EQUAL(o.redis_url, "");
  CAF_CHECK(o.log_level == log_severity::info);
  CAF_CHECK_EQUAL(o.metrics_http, "/metrics");
  CAF_CHECK_EQUAL(o.metrics_host, "localhost");
  CAF_CHECK_EQUAL(o.metrics_port, 0u);
  CAF_CHECK_EQUAL(o.ready_requires, texts{});
}

CAF_TEST(what readiness requires is one or both of two names) {
  CAF_CHECK_EQUAL(good({"--ready-requires=redis,app"}).ready_requires, (texts{"redis", "app"}));
  CAF_CHECK_EQUAL(mistake({"--ready-requires=postgres"}),
                  R"(--ready-requires is "postgres", but must be redis, app, or both with a comma between them.)");
}

CAF_TEST(nothing given asks no application) {
  auto o = good({});
  CAF_CHECK_EQUAL(o.rpc_host, "");
  CAF_CHECK_EQUAL(o.norpc, false);
  CAF_CHECK_EQUAL(o.rpc_concurrency, 28u);
  CAF_CHECK_EQUAL(o.rpc_max_waiting, 100'000u);
  CAF_CHECK(o.rpc_command_timeout == 3s);
  CAF_CHECK(o.rpc_request_timeout == 3s);
  CAF_CHECK_EQUAL(o.rpc_max_reply_size, 4'194'304u);
  CAF_CHECK_EQUAL(o.http_rpc_secret, "");
  CAF_CHECK_EQUAL(o.rpc_enable_tls, false);
  CAF_CHECK_EQUAL(o.rpc_tls_verify, true);
  CAF_CHECK_EQUAL(o.rpc_tls_root_ca, "");
  CAF_CHECK_EQUAL(o.headers, texts{"cookie"});
  CAF_CHECK_EQUAL(o.proxy_cookies, texts{});
  CAF_CHECK_EQUAL(o.trusted_proxies, texts{});
  CAF_CHECK(o.disconnect_mode == disconnect_calls::automatic);
  CAF_CHECK_EQUAL(o.disconnect_rate, 100u);
  CAF_CHECK_EQUAL(o.disconnect_backlog_size, 100'000u);
  CAF_CHECK_EQUAL(o.max_commands_per_second, 0u);
}

CAF_TEST(nothing given checks no token and opens no stream) {
  auto o = good({});
  CAF_CHECK_EQUAL(o.noauth, false);
  CAF_CHECK_EQUAL(o.jwt_secret, texts{});
  CAF_CHECK_EQUAL(o.jwt_public_key, texts{});
  CAF_CHECK_EQUAL(o.jwt_jwks, "");
  CAF_CHECK_EQUAL(o.jwt_param, "jid");
  CAF_CHECK_EQUAL(o.enforce_jwt, false);
  CAF_CHECK_EQUAL(o.streams_secret, "");
  CAF_CHECK_EQUAL(o.public_streams, false);
  CAF_CHECK_EQUAL(o.streams_whisper, false);
  CAF_CHECK_EQUAL(o.turbo_streams, false);
  CAF_CHECK_EQUAL(o.cable_ready, false);
}

CAF_TEST(no arguments at all are fine) {
  auto result = parse_options({}, [](std::string_view) { return std::nullopt; }, {});
  CAF_CHECK(result.run.has_value());
  CAF_CHECK_EQUAL(result.exit_code, 0);
}

CAF_TEST(a flag takes its value after a space or an equals sign and with dashes or underscores) {
  CAF_CHECK_EQUAL(good({"--max-conn", "7"}).max_conn, 7u);
  CAF_CHECK_EQUAL(good({"--max-conn=7"}).max_conn, 7u);
  CAF_CHECK_EQUAL(good({"--max_conn", "7"}).max_conn, 7u);
  CAF_CHECK_EQUAL(good({"--max_conn=7"}).max_conn, 7u);
}

CAF_TEST(an empty value does not eat the next argument) {
  auto o = good({"--allowed-origins=", "--port=1"});
  CAF_CHECK_EQUAL(o.allowed_origins, texts{});
  CAF_CHECK_EQUAL(o.port, 1u);
  CAF_CHECK_EQUAL(good({"--secret", "", "--port=1"}).port, 1u);
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
  CAF_CHECK_EQUAL(o.port, 2u);
  CAF_CHECK_EQUAL(o.host, "env");
  CAF_CHECK_EQUAL(o.lanes, 3u);
}

CAF_TEST(our variable goes before that of AnyCable and that before the platform) {
  options_fixture::variables env{{"PORT", "1"}};
  CAF_CHECK_EQUAL(good({}, env).port, 1u);
  env["ANYCABLE_PORT"] = "2";
  CAF_CHECK_EQUAL(good({}, env).port, 2u);
  env["ABILITY_PORT"] = "3";
  CAF_CHECK_EQUAL(good({}, env).port, 3u);
  CAF_CHECK_EQUAL(good({}, {{"REDIS_URL", "redis://a"}}).redis_url, "redis://a");
}

CAF_TEST(an empty variable counts as not set) {
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_PORT", ""}, {"PORT", "5"}}).port, 5u);
}

CAF_TEST(the names of AnyCable work everywhere) {
  CAF_CHECK_EQUAL(good({"--ws-max-pending-size=2000"}).max_pending_size, 2'000u);
  CAF_CHECK_EQUAL(good({"--ws_max_pending_size=2000"}).max_pending_size, 2'000u);
  CAF_CHECK_EQUAL(good({}, {{"ANYCABLE_WS_MAX_PENDING_SIZE", "2000"}}).max_pending_size, 2'000u);
  write("ws_write_timeout = 4\n");
  CAF_CHECK(good({}).close_timeout == 4s);
}

CAF_TEST(AnyCable has no variable for what only we have) {
  CAF_CHECK_EQUAL(good({}, {{"ANYCABLE_LANES", "5"}}).lanes, 0u);
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_LANES", "5"}}).lanes, 5u);
}

CAF_TEST(a list comes with commas or by repetition and replaces the one below it) {
  write("path = [\"/file\", \"/other\"]\n");
  CAF_CHECK_EQUAL(good({}).path, (texts{"/file", "/other"}));
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_PATH", "/a, /b/*"}}).path, (texts{"/a", "/b/*"}));
  CAF_CHECK_EQUAL(good({"--path=/a,/b", "--path", "/c"}).path, (texts{"/a", "/b", "/c"}));
}

CAF_TEST(origins are kept in lower case) {
  CAF_CHECK_EQUAL(good({"--allowed-origins=Example.COM,*.b.org:3000"}).allowed_origins,
                  (texts{"example.com", "*.b.org:3000"}));
}

CAF_TEST(durations are seconds unless they say otherwise) {
  CAF_CHECK(good({"--handshake-timeout=2"}).handshake_timeout == 2s);
  CAF_CHECK(good({"--handshake-timeout=250ms"}).handshake_timeout == 250ms);
  CAF_CHECK(good({"--handshake-timeout=2s"}).handshake_timeout == 2s);
  CAF_CHECK(good({"--handshake-timeout=2m"}).handshake_timeout == 2min);
  CAF_CHECK(good({"--handshake-timeout=1h"}).handshake_timeout == 1h);
  CAF_CHECK(good({"--shutdown-timeout=0"}).shutdown_timeout == 0s);
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
  CAF_CHECK_EQUAL(o.rpc_host, "http://127.0.0.1:9292/_anycable");
  CAF_CHECK_EQUAL(o.http_rpc_secret, "s");
  CAF_CHECK_EQUAL(o.headers, (texts{"cookie", "x-api-token"}));
  CAF_CHECK_EQUAL(o.proxy_cookies, (texts{"_session", "other"}));
  CAF_CHECK_EQUAL(o.rpc_concurrency, 5u);
  CAF_CHECK_EQUAL(o.rpc_max_reply_size, 1'000u);
  CAF_CHECK(o.disconnect_mode == disconnect_calls::never);
  CAF_CHECK_EQUAL(o.disconnect_rate, 7u);
  CAF_CHECK_EQUAL(o.disconnect_backlog_size, 8u);
  CAF_CHECK_EQUAL(o.jwt_secret, texts{"j"});
  CAF_CHECK_EQUAL(o.jwt_param, "token");
  CAF_CHECK(o.enforce_jwt);
  CAF_CHECK_EQUAL(o.streams_secret, "t");
  CAF_CHECK(o.public_streams && o.streams_whisper && o.turbo_streams && o.cable_ready && o.noauth);
}

CAF_TEST(an address of the application may have any of its forms) {
  for (const auto* host : {"127.0.0.1:50051", "grpc://app:50051", "dns:///app:50051", "none", "https://app/rpc"})
    CAF_CHECK_EQUAL(good({"--rpc_host", host}).rpc_host, host);
  CAF_CHECK_EQUAL(good({"--rpc-host="}).rpc_host, "");
}

CAF_TEST(what AnyCable counts in milliseconds is in milliseconds) {
  CAF_CHECK(good({"--rpc-command-timeout=5000"}).rpc_command_timeout == 5s);
  CAF_CHECK(good({"--rpc-command-timeout=5s"}).rpc_command_timeout == 5s);
  CAF_CHECK(good({"--rpc-command-timeout=250ms"}).rpc_command_timeout == 250ms);
  CAF_CHECK(good({"--rpc-request-timeout=0"}).rpc_request_timeout == 0ms);
  CAF_CHECK(good({}, {{"ANYCABLE_RPC_REQUEST_TIMEOUT", "40"}}).rpc_request_timeout == 40ms);
  CAF_CHECK(good({"--rpc-request-timeout=3600000"}).rpc_request_timeout == 1h);
  write("rpc_command_timeout = 70\n");
  CAF_CHECK(good({}).rpc_command_timeout == 70ms);
}

CAF_TEST(headers are kept in lower case and cookies as they are) {
  CAF_CHECK_EQUAL(good({"--headers=Cookie,X-API-Token"}).headers, (texts{"cookie", "x-api-token"}));
  CAF_CHECK_EQUAL(good({"--headers="}).headers, texts{});
  CAF_CHECK_EQUAL(good({"--proxy-cookies=_Session"}).proxy_cookies, texts{"_Session"});
}

CAF_TEST(tokens may have several keys) {
  CAF_CHECK_EQUAL(good({"--jwt-secret=new,old"}).jwt_secret, (texts{"new", "old"}));
  CAF_CHECK_EQUAL(good({"--jwt-public-key=a.pem", "--jwt-public-key=b.pem"}).jwt_public_key, (texts{"a.pem", "b.pem"}));
}

CAF_TEST(words become enumerators) {
  CAF_CHECK(good({"--auth-reject=http"}).auth_reject == auth_rejection::http);
  CAF_CHECK(good({"--auth-reject=message"}).auth_reject == auth_rejection::message);
  CAF_CHECK(good({"--log-level=warn"}).log_level == log_severity::warn);
  CAF_CHECK(good({"--log-format=json"}).log_format == log_style::json);
  CAF_CHECK(good({"--disconnect-mode=always"}).disconnect_mode == disconnect_calls::always);
}

CAF_TEST(debug is log level debug unless a higher source says another level) {
  CAF_CHECK(good({"--debug"}).log_level == log_severity::debug);
  CAF_CHECK(good({"--debug", "--log-level=warn"}).log_level == log_severity::debug);
  CAF_CHECK(good({"--debug"}, {{"ABILITY_LOG_LEVEL", "warn"}}).log_level == log_severity::debug);
  auto o = good({"--log-level=warn"}, {{"ABILITY_DEBUG", "1"}});
  CAF_CHECK(o.log_level == log_severity::warn);
  CAF_CHECK(!o.debug);
}

CAF_TEST(sizes may have a unit) {
  for (const auto* value : {"65536", "65536b", "64k", "64kb", "64KB", "64KiB"})
    CAF_CHECK_EQUAL(good({"--max-message-size", value}).max_message_size, 65'536u);
  CAF_CHECK_EQUAL(good({"--max-pending-size=1MiB"}).max_pending_size, 1'048'576u);
  CAF_CHECK_EQUAL(good({"--max-pending-broadcast-bytes=2g"}).max_pending_broadcast_bytes, 2'147'483'648u);
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_MAX_MESSAGE_SIZE", "1kb"}}).max_message_size, 1'024u);
  write("max_message_size = \"2kb\"\n");
  CAF_CHECK_EQUAL(good({}).max_message_size, 2'048u);
}

CAF_TEST(flags are as Go has them too) {
  for (const auto* value : {"true", "1", "t", "T", "TRUE", "True", "yes", "on"})
    CAF_CHECK(good({}, {{"ANYCABLE_PUBLIC", value}}).public_access);
  for (const auto* value : {"false", "0", "f", "F", "FALSE", "no", "off"})
    CAF_CHECK(!good({}, {{"ANYCABLE_PUBLIC", value}}).public_access);
}

CAF_TEST(the ends of a range belong to it) {
  CAF_CHECK_EQUAL(good({"--port=0"}).port, 0u);
  CAF_CHECK_EQUAL(good({"--port=65535"}).port, 65'535u);
  CAF_CHECK_EQUAL(good({"--lanes=256"}).lanes, 256u);
  CAF_CHECK_EQUAL(good({"--max-message-size=16777216"}).max_message_size, 16'777'216u);
  CAF_CHECK_EQUAL(good({"--max-pending-commands=1"}).max_pending_commands, 1u);
  CAF_CHECK(good({"--ping-interval=3600"}).ping_interval == 1h);
}

CAF_TEST(the real environment is read when no other is given) {
  setenv("ABILITY_HOST", "from.env", 1);
  const char* args[] = {"abilityd", "--ignore-config-path"};
  auto result = parse_options(args);
  unsetenv("ABILITY_HOST");
  CAF_REQUIRE(result.run.has_value());
  CAF_CHECK_EQUAL(result.run->host, "from.env");
}

CAF_TEST_FIXTURE_SCOPE_END()
