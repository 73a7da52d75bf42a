// The way of a value from its source to the struct.
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

CAF_TEST(words become enumerators) {
  CAF_CHECK(good({"--auth-reject=http"}).auth_reject == auth_rejection::http);
  CAF_CHECK(good({"--auth-reject=message"}).auth_reject == auth_rejection::message);
  CAF_CHECK(good({"--log-level=warn"}).log_level == log_severity::warn);
  CAF_CHECK(good({"--log-format=json"}).log_format == log_style::json);
}

CAF_TEST(debug is log level debug unless a higher source says another level) {
  CAF_CHECK(good({"--debug"}).log_level == log_severity::debug);
  CAF_CHECK(good({"--debug", "--log-level=warn"}).log_level == log_severity::debug);
  CAF_CHECK(good({"--debug"}, {{"ABILITY_LOG_LEVEL", "warn"}}).log_level == log_severity::debug);
  auto o = good({"--log-level=warn"}, {{"ABILITY_DEBUG", "1"}});
  CAF_CHECK(o.log_level == log_severity::warn);
  CAF_CHECK(!o.debug);
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
