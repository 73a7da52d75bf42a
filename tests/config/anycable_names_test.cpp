// Labels: hardened
#define CAF_SUITE anycable_names
// Options of AnyCable: all options, variables and keys are accepted, or refused with the replacement.
#include "config/anycable_names.hpp"

#include <algorithm>
#include <array>

#include "caf/test/unit_test.hpp"
#include "config/unknown_variables.hpp"
#include "options_fixture.hpp"

using namespace ability;

namespace {

// Source: cli/options.go of anycable/anycable v1.6.16.
constexpr auto flags = std::to_array<const char*>({
    "public",
    "noauth",
    "redis_tls_verify",
    "redis_disable_cache",
    "http_broadcast_cors",
    "nats_dont_randomize_servers",
    "embed_nats",
    "enats_debug",
    "enats_trace",
    "norpc",
    "rpc_enable_tls",
    "rpc_tls_verify",
    "disable_disconnect",
    "debug",
    "metrics_log",
    "enable_ws_compression",
    "enable_native_pings",
    "jwt_id_enforce",
    "enforce_jwt",
    "public_streams",
    "streams_whisper",
    "streams_presence",
    "turbo_streams",
    "cable_ready",
    "turbo_rails_cleartext",
    "cable_ready_cleartext",
    "sse",
    "ds",
    "ds_skip_auth",
});
constexpr auto values = std::to_array<const char*>({
    "host",
    "port",
    "allowed_origins",
    "secret",
    "broadcast_key",
    "max-conn",
    "path",
    "health-path",
    "shutdown_timeout",
    "shutdown_pool_size",
    "shutdown_delay",
    "node_id",
    "ssl_cert",
    "ssl_key",
    "broadcast_adapter",
    "broker",
    "pubsub",
    "redis_channel",
    "nats_channel",
    "hub_gopool_size",
    "history_limit",
    "history_ttl",
    "presence_ttl",
    "redis_url",
    "redis_sentinels",
    "redis_sentinel_discovery_interval",
    "redis_keepalive_interval",
    "redis_tls_ca_cert_path",
    "redis_tls_client_cert_path",
    "redis_tls_client_key_path",
    "redisx_stream",
    "redisx_group",
    "redisx_read_block_milliseconds",
    "http_broadcast_port",
    "http_broadcast_path",
    "http_broadcast_secret",
    "nats_servers",
    "enats_addr",
    "enats_cluster",
    "enats_cluster_name",
    "enats_cluster_routes",
    "enats_gateway",
    "enats_gateways",
    "enats_gateway_advertise",
    "enats_store_dir",
    "enats_server_name",
    "enats_max_payload",
    "rpc_host",
    "rpc_concurrency",
    "rpc_tls_root_ca",
    "rpc_max_call_recv_size",
    "rpc_max_call_send_size",
    "rpc_request_timeout",
    "rpc_command_timeout",
    "headers",
    "proxy-cookies",
    "rpc_impl",
    "http_rpc_secret",
    "http_rpc_timeout",
    "disconnect_mode",
    "disconnect_rate",
    "disconnect_backlog_size",
    "disconnect_timeout",
    "log_level",
    "log_format",
    "metrics_rotate_interval",
    "metrics_log_interval",
    "metrics_log_filter",
    "metrics_log_formatter",
    "metrics_http",
    "metrics_host",
    "metrics_port",
    "metrics_tags",
    "stats_refresh_interval",
    "read_buffer_size",
    "write_buffer_size",
    "max_message_size",
    "ws_write_timeout",
    "ws_max_pending_size",
    "ping_interval",
    "ping_timestamp_precision",
    "pong_timeout",
    "jwt_id_key",
    "jwt_secret",
    "jwt_id_param",
    "jwt_param",
    "streams_secret",
    "turbo_rails_key",
    "turbo_streams_secret",
    "cable_ready_key",
    "cable_ready_secret",
    "pusher_app_id",
    "pusher_secret",
    "pusher_app_key",
    "pusher_api_port",
    "statsd_host",
    "statsd_prefix",
    "statsd_max_packet_size",
    "statsd_tags_format",
    "sse_path",
    "ds_path",
    "ds_poll_interval",
    "ds_sse_ttl",
    "api_port",
    "api_path",
    "api_secret",
    "presets",
});

std::string variable(std::string name) {
  for (auto& c : name)
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return "ANYCABLE_" + name;
}

std::string with(std::string name, char from, char to) {
  std::ranges::replace(name, from, to);
  return name;
}

struct fixture : options_fixture {
  // Checks that the name is known: the options are valid, or the message names the valid values.
  void check_known(const parse_result& result, const std::string& what) {
    CAF_MESSAGE(what << " " << result.err);
    CAF_CHECK(result.run.has_value() || result.err.find("must be") != std::string::npos ||
              result.err.find("without") != std::string::npos);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(anycable_names_tests, fixture)

CAF_TEST(every option of AnyCable is known as flag with either dash and as variable and key) {
  for (const std::string name : values) {
    check_known(parse({"--" + with(name, '_', '-') + "=9"}), name);
    check_known(parse({"-" + with(name, '-', '_'), "9"}), name);
    check_known(parse({}, {{variable(name), "9"}}), variable(name));
    write(with(name, '-', '_') + " = \"9\"\n");
    check_known(parse({}), name + " in a file");
    write("");
  }
  for (const std::string name : flags) {
    check_known(parse({"--" + name + "=false"}), name);
    check_known(parse({"-" + name}), name);
    check_known(parse({}, {{variable(name), "true"}}), variable(name));
    write(name + " = true\n");
    check_known(parse({}), name + " in a file");
    write("");
  }
}

CAF_TEST(what is not there is answered by what to use instead) {
  const auto said = warnings({"--embed_nats", "-sse", "--pubsub=redis"}, {{"ANYCABLE_STATSD_HOST", "localhost:8125"}});
  CAF_REQUIRE_EQUAL(said.size(), 4u);
  CAF_CHECK(said[0].starts_with("ANYCABLE_STATSD_HOST has no effect: StatsD is not spoken; have Prometheus read"));
  CAF_CHECK(said[1].starts_with("--embed-nats has no effect: "));
  CAF_CHECK(said[2].starts_with("--sse has no effect: "));
  CAF_CHECK(said[3].starts_with("--pubsub has no effect: "));
}

CAF_TEST(what asks for nothing or for what is there is not mentioned) {
  CAF_CHECK(warnings({"--broadcast_adapter=http,redis", "--redis_url=redis://a", "--broker=none", "--presets=none",
                      "--sse=false"})
                .empty());
  CAF_CHECK(warnings({}, {{"ANYCABLE_DISABLE_TELEMETRY", "true"}, {"ANYCABLE_HISTORY_TTL", "300"}}).empty());
  CAF_CHECK_EQUAL(warnings({"--broadcast_adapter=http,redisx"}).size(), 1u);
}

CAF_TEST(an adapter for redis without the address of one is told of) {
  const auto told = [this](const std::vector<std::string>& args, const variables& env = {}) {
    const auto said = warnings(args, env);
    return said.size() == 1 && said[0].find("there is no Redis URL: give --redis-url") != std::string::npos
               ? said[0].substr(0, said[0].find(' '))
               : std::to_string(said.size());
  };
  for (const auto* given : {"--broadcast_adapter=redis", "--broadcast-adapter=http,redis", "-broadcast_adapter=redis"})
    CAF_CHECK_EQUAL(told({given}), "--broadcast-adapter");
  for (const auto* name : {"ANYCABLE_BROADCAST_ADAPTER", "ABILITY_BROADCAST_ADAPTER"})
    CAF_CHECK_EQUAL(told({}, {{name, "http, redis"}}), name);
  CAF_CHECK_EQUAL(told({"--broadcast_adapter=redis", "--redis-url=none"}, {{"REDIS_URL", "redis://a"}}),
                  "--broadcast-adapter");
  for (const auto* key : {"broadcast_adapter = 'redis'", "broadcast_adapters = ['http', 'redis']"}) {
    write(key);
    CAF_CHECK_EQUAL(warnings({}).size(), 1u);
    CAF_CHECK_EQUAL(told({"--broadcast_adapter=http"}), "0");
    CAF_CHECK_EQUAL(told({}, {{"REDIS_URL", "redis://a"}}), "0");
  }
}

CAF_TEST(every advice names something and every name is unlike all others) {
  std::vector<std::string_view> names;
  for (const auto& each : anycable_names()) {
    CAF_CHECK(!each.instead.empty());
    CAF_CHECK(!each.instead.ends_with('.'));
    names.push_back(each.name);
  }
  std::ranges::sort(names);
  CAF_CHECK(std::ranges::adjacent_find(names) == names.end());
}

CAF_TEST(an old name sets the option of today and says so) {
  CAF_CHECK_EQUAL(good({"--turbo_rails_key=k"}).node.streams.turbo_secret, "k");
  CAF_CHECK(good({"--turbo_rails_key=k"}).node.streams.turbo);
  CAF_CHECK(good({"--disable_disconnect"}).node.app.disconnects == disconnect_mode::never);
  for (const auto* no : {"false", "FALSE", "0", "no", "off", "f"})
    CAF_CHECK(good({std::string{"--disable_disconnect="} + no}).node.app.disconnects == disconnect_mode::automatic);
  CAF_CHECK_EQUAL(good({}, {{"ANYCABLE_JWT_ID_PARAM", "t"}}).edge.token_param, "t");
  CAF_CHECK_EQUAL(good({"--jwt_id_param=old", "--jwt_param=new"}).edge.token_param, "new");
  CAF_CHECK_EQUAL(good({"--jwt_id_param=line"}, {{"ANYCABLE_JWT_PARAM", "environment"}}).edge.token_param, "line");
  CAF_CHECK_EQUAL(warnings({"--jwt_id_param=t"}),
                  std::vector<std::string>{"--jwt-id-param is an old name: use --jwt-param"});
}

CAF_TEST(no secret is what anycable prints as none) {
  CAF_CHECK_EQUAL(good({"--secret=none"}).secret, "");
  CAF_CHECK_EQUAL(good({}, {{"ANYCABLE_SECRET", "none"}}).secret, "");
}

CAF_TEST(a file with sections is read) {
  write(R"(
secret = "s3cret"
broadcast_adapters = ["http", "redis"]
pubsub_adapter = "redis"

# Server configuration
[server]
host = "0.0.0.0"
port = 9000
allowed_origins = "example.com,*.example.org"
ssl.cert_path = "a.pem"
ssl.key_path = "a.key"

[ logging ]
level = "debug"

[ws]
paths = ["/cable", "/accounts/{tenant}/cable"]
write_timeout = 3

[sse]
enabled = true

[disconnector]
rate = 7

[metrics]
http = "/m"
tags.environment = "production"
)");
  const auto result = parse({"--port=9001", "--redis-url=redis://a"});
  CAF_CHECK_EQUAL(result.err, "");
  CAF_REQUIRE(result.run.has_value());
  CAF_CHECK_EQUAL(result.run->server.host, "0.0.0.0");
  CAF_CHECK_EQUAL(result.run->server.port, 9001);
  CAF_CHECK_EQUAL(result.run->server.ssl_key, "a.key");
  CAF_CHECK(result.run->log.lowest == log_level::debug);
  CAF_CHECK_EQUAL(result.run->edge.cable_paths, (std::vector<std::string>{"/cable", "/accounts/{tenant}/cable"}));
  CAF_CHECK_EQUAL(result.run->edge.close_timeout.count(), 3'000);
  CAF_CHECK_EQUAL(result.run->node.app.disconnect_rate, 7u);
  CAF_CHECK_EQUAL(result.run->edge.metrics_path, "/m");
  CAF_REQUIRE_EQUAL(result.warnings.size(), 3u);
  CAF_CHECK_EQUAL(result.warnings[0].origin, "pubsub_adapter (" + file() + " line 4, column 1)");
  CAF_CHECK_EQUAL(result.warnings[1].origin, "sse.enabled (" + file() + " line 22, column 1)");
  CAF_CHECK_EQUAL(result.warnings[2].origin, "metrics.tags.environment (" + file() + " line 29, column 6)");
}

CAF_TEST(a key that a section does not have is an error) {
  write("[server]\nbort = 1\n");
  CAF_CHECK_EQUAL(mistake({}), file() + R"( line 2, column 1: "server.bort" is no key.)");
  write("[server\nport = 1\n");
  CAF_CHECK_EQUAL(mistake({}), file() + " line 1, column 8: a section is a name in brackets, like [server].");
  write("[server]\nport = 1\nport = 2\n");
  CAF_CHECK_EQUAL(mistake({}), file() + " line 3, column 8, at server.port: a key or section is given again.");
  write("port = 1\n[server]\nport = 2\n");
  CAF_CHECK_EQUAL(mistake({}), file() + " line 3, column 1: server.port is given again, after line 1.");
}

CAF_TEST(command lines of the README and guides of AnyCable run) {
  for (const auto& line : std::vector<std::vector<std::string>>{
           {"--rpc_host=localhost:50051", "--headers=cookie", "--redis_url=redis://localhost:6379/5",
            "--redis_channel=__anycable__", "--host=localhost", "--port=8080"},
           {"--path=/cable,/admin/cable/*,/accounts/{tenant}/cable"},
           {"--secret=VERY_SECRET_VALUE", "--norpc"},
           {"--port=443", "-ssl_cert=path/to/ssl.cert", "-ssl_key=path/to/ssl.key"},
           {"--rpc_host=http://localhost:3000/_anycable"},
           {"--public"},
           {"--public_streams"},
           {"--broker=memory", "--history_limit=10", "--history_ttl=60"},
           {"--broadcast_key=my-secret-key"},
           {"--rpc_request_timeout=5000"}})
    CAF_CHECK_EQUAL(warnings(line), std::vector<std::string>{});
  for (const auto& line : std::vector<std::vector<std::string>>{
           {"--presets=broker"}, {"--ds"}, {"--sse"}, {"--pubsub=redis"}, {"-graphql_path=/graphql"}})
    CAF_CHECK_EQUAL(warnings(line).size(), 1u);
}

CAF_TEST(a single dash is as good as two) {
  CAF_CHECK_EQUAL(good({"-port=9000"}).server.port, 9000);
  CAF_CHECK_EQUAL(good({"-port", "9000"}).server.port, 9000);
  CAF_CHECK(good({"-public"}).public_access);
  CAF_CHECK(parse({"-v"}).out.starts_with("abilityd "));
  CAF_CHECK_EQUAL(mistake({"-x"}), "-x is no option; abilityd --help lists all.");
}

CAF_TEST(what AnyCable takes for a value is taken) {
  CAF_CHECK_EQUAL(good({"--rpc_max_call_recv_size=0"}).app_server.max_reply, options{}.app_server.max_reply);
  CAF_CHECK_EQUAL(good({"--ws_max_pending_size=0"}).edge.max_pending_size, 1u << 30);
  CAF_CHECK_EQUAL(
      mistake({"--ws-max-pending-size=1"}),
      "--ws-max-pending-size is \"1\", but must be a whole number of bytes, or with kb, mb or gb, from 1024 "
      "to 1073741824, or 0, which is 1073741824.");
  CAF_CHECK(good({}, {{"ANYCABLE_LOG_LEVEL", "DEBUG"}}).log.lowest == log_level::debug);
  CAF_CHECK(good({}, {{"ANYCABLE_LOG_FORMAT", "Json"}}).log.format == log_format::json);
  CAF_CHECK(good({"--disconnect_mode=NEVER"}).node.app.disconnects == disconnect_mode::never);
  write("server = { port = 9000, max_conn = 7, ssl = {} }\nrpc = { host = 'a:1', concurrency = 5 } # all\n");
  const auto o = good({});
  CAF_CHECK_EQUAL(o.server.port, 9000);
  CAF_CHECK_EQUAL(o.edge.max_connections, 7u);
  CAF_CHECK_EQUAL(o.app_server.url, "a:1");
  CAF_CHECK_EQUAL(o.node.app.concurrency, 5u);
}

CAF_TEST(only what is in effect is checked) {
  CAF_CHECK_EQUAL(good({"--port=9000"}, {{"ABILITY_PORT", "nonsense"}}).server.port, 9000);
  write("port = \"nonsense\"\n");
  CAF_CHECK_EQUAL(good({}, {{"PORT", "9000"}}).server.port, 9000);
  CAF_CHECK(good({"--norpc", "--rpc-host=nonsense", "--port=1"}).app_server.off);
  CAF_CHECK_NOT_EQUAL(mistake({"--rpc-host=nonsense", "--port=1"}), "");
}

CAF_TEST(a misspelled variable of AnyCable is noticed) {
  const std::vector<std::string> names{"ANYCABLE_SECRETT", "ANYCABLE_SSE_PATHS", "ANYCABLE_RPC_HOST",
                                       "ANYCABLE_WEBSOCKET_URL", "ANYCABLE_SSE"};
  CAF_CHECK_EQUAL(unknown_variables(names),
                  (std::vector<std::string>{"ANYCABLE_SECRETT (did you mean ANYCABLE_SECRET?)",
                                            "ANYCABLE_SSE_PATHS (did you mean ANYCABLE_SSE_PATH?)"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
