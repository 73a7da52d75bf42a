// Source: cli/options.go of anycable/anycable v1.6.16; docs.anycable.io for the options of Pro.
#include "config/anycable_names.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "config/option.hpp"
#include "config/option_types.hpp"

namespace ability {
namespace {

constexpr std::string_view no_nats =
    "NATS is not spoken; nodes link with --cluster-listen and --cluster-join, and publications come by HTTP or Redis";
constexpr std::string_view no_sse = "there are no server-sent events yet; clients connect by WebSocket at --path";
constexpr std::string_view no_durable = "there are no durable streams; clients connect by WebSocket at --path";
constexpr std::string_view no_pusher = "the Pusher protocol is not spoken yet; clients connect by WebSocket at --path";
constexpr std::string_view no_api = "the API is at the port of publications, --http-broadcast-port or the main one";
constexpr std::string_view no_statsd = "StatsD is not spoken; have Prometheus read the page --metrics-http";
constexpr std::string_view no_metrics_log =
    "metrics are not logged; read the page --metrics-http, or use abilityctl watch";
constexpr std::string_view no_polling = "there is no long polling yet; clients connect by WebSocket at --path";
constexpr std::string_view no_graphql = "GraphQL is not spoken; clients connect by Action Cable at --path";
constexpr std::string_view no_ocpp = "OCPP is not spoken; clients connect by Action Cable at --path";
constexpr std::string_view no_adaption = "the number of calls at a time is fixed; use --rpc-concurrency";
constexpr std::string_view public_streams = "use --public-streams";

constexpr anycable_name all_names[]{
    // Old names.
    {"http_broadcast_secret", false, "broadcast_key", "", "use --broadcast-key"},
    {"http_rpc_timeout", false, "rpc_request_timeout", "", "use --rpc-request-timeout"},
    {"disconnect_timeout", false, "shutdown_timeout", "", "use --shutdown-timeout"},
    {"disable_disconnect", true, "disconnect_mode=never", "", "use --disconnect-mode=never"},
    {"jwt_id_key", false, "jwt_secret", "", "use --jwt-secret"},
    {"jwt_id_param", false, "jwt_param", "", "use --jwt-param"},
    {"jwt_id_enforce", true, "enforce_jwt", "", "use --enforce-jwt"},
    {"turbo_rails_key", false, "turbo_streams_secret turbo_streams=true", "",
     "use --turbo-streams and --turbo-streams-secret"},
    {"cable_ready_key", false, "cable_ready_secret cable_ready=true", "", "use --cable-ready and --cable-ready-secret"},
    {"turbo_rails_cleartext", true, "", "", public_streams},
    {"cable_ready_cleartext", true, "", "", public_streams},
    // Publishing and sessions.
    {"pubsub", false, "", "none",
     "nodes link with --cluster-listen and --cluster-join, and forward to each other what they get"},
    {"pubsub_channel", false, "", "$pubsub", "the channel of streams that clients name is $pubsub"},
    {"redis_pubsub_channel", false, "", "__anycable__",
     "nodes do not talk by Redis; use --cluster-listen and --cluster-join"},
    {"http_broadcast_cors", true, "", "", "pages of other origins may not publish; have the application do it"},
    // Redis.
    {"redis_sentinel_discovery_interval", false, "", "30", "Sentinels are asked at each connect"},
    {"redis_keepalive_interval", false, "", "30", "a Redis that is silent is found by TCP keep-alive"},
    {"redis_max_reconnect_attempts", false, "", "", "a lost Redis is dialled for ever, ever less often"},
    {"redis_disable_cache", true, "", "", "nothing of Redis is cached"},
    // NATS.
    {"nats_channel", false, "", "__anycable__", no_nats},
    {"nats_servers", false, "", "nats://127.0.0.1:4222", no_nats},
    {"nats_dont_randomize_servers", true, "", "", no_nats},
    {"nats_max_reconnect_attempts", false, "", "", no_nats},
    {"embed_nats", true, "", "", no_nats},
    {"enats_addr", false, "", "", no_nats},
    {"enats_cluster", false, "", "", no_nats},
    {"enats_cluster_name", false, "", "", no_nats},
    {"enats_cluster_routes", false, "", "", no_nats},
    {"enats_gateway", false, "", "", no_nats},
    {"enats_gateways", false, "", "", no_nats},
    {"enats_gateway_advertise", false, "", "", no_nats},
    {"enats_store_dir", false, "", "", no_nats},
    {"enats_server_name", false, "", "", no_nats},
    {"enats_debug", true, "", "", no_nats},
    {"enats_trace", true, "", "", no_nats},
    {"enats_max_payload", false, "", "0", no_nats},
    {"enats_jetstream", true, "", "", no_nats},
    {"enats_jetstream_ready_timeout", false, "", "", no_nats},
    // The application.
    {"rpc_impl", false, "", "grpc",
     "the address tells: --rpc-host http://HOST, HOST:PORT for gRPC, or fly://HOST:PORT"},
    {"rpc_max_call_send_size", false, "", "", "a call is as large as its message, which --max-message-size bounds"},
    {"rpc_concurrency_initial", false, "", "", no_adaption},
    {"rpc_concurrency_min", false, "", "", no_adaption},
    {"rpc_concurrency_max", false, "", "", no_adaption},
    {"fly_rpc_app_name", false, "", "", "there are no presets; use --rpc-host"},
    // Other transports.
    {"sse", true, "", "", no_sse},
    {"sse_path", false, "", "/events", no_sse},
    {"ds", true, "", "", no_durable},
    {"ds_path", false, "", "/ds", no_durable},
    {"ds_skip_auth", true, "", "", no_durable},
    {"ds_poll_interval", false, "", "10", no_durable},
    {"ds_sse_ttl", false, "", "60", no_durable},
    {"pusher_app_id", false, "", "", no_pusher},
    {"pusher_app_key", false, "", "", no_pusher},
    {"pusher_secret", false, "", "", no_pusher},
    {"pusher_api_port", false, "", "0", no_pusher},
    {"api_host", false, "", "", no_api},
    {"api_port", false, "", "0", no_api},
    {"api_cors_headers", true, "", "", no_api},
    {"poll", true, "", "", no_polling},
    {"poll_path", false, "", "", no_polling},
    {"poll_interval", false, "", "", no_polling},
    {"poll_flush_interval", false, "", "", no_polling},
    {"poll_keepalive_timeout", false, "", "", no_polling},
    {"poll_max_request_size", false, "", "", no_polling},
    {"graphql_path", false, "", "", no_graphql},
    {"graphql_channel", false, "", "", no_graphql},
    {"graphql_action", false, "", "", no_graphql},
    {"ocpp_path", false, "", "", no_ocpp},
    {"ocpp_granular_actions", true, "", "", no_ocpp},
    {"admin", true, "", "", "there is no admin page yet; use abilityctl watch"},
    // Metrics.
    {"metrics_log", true, "", "", no_metrics_log},
    {"metrics_rotate_interval", false, "", "15", no_metrics_log},
    {"metrics_log_interval", false, "", "", no_metrics_log},
    {"metrics_log_filter", false, "", "", no_metrics_log},
    {"metrics_log_formatter", false, "", "", no_metrics_log},
    {"metrics_tags", false, "", "", "metrics have no labels for all; have Prometheus add them"},
    {"memory_metrics", true, "", "", "all metrics of memory are there"},
    {"statsd_host", false, "", "", no_statsd},
    {"statsd_prefix", false, "", "anycable_go.", no_statsd},
    {"statsd_max_packet_size", false, "", "1400", no_statsd},
    {"statsd_tags_format", false, "", "datadog", no_statsd},
    {"stats_refresh_interval", false, "", "5", "counters are always up to date"},
    // Internals of AnyCable.
    {"shutdown_pool_size", false, "", "16", "connections are closed by the threads that serve them; use --lanes"},
    {"shutdown_slowdrain", true, "", "", "connections are closed one by one over --shutdown-timeout"},
    {"hub_gopool_size", false, "", "16", "broadcasts are spread over the threads of --lanes"},
    {"netpoll_enabled", true, "", "", "connections have no thread of their own, in any case"},
    {"read_buffer_size", false, "", "1024", "buffers are as large as messages are, which --max-message-size bounds"},
    {"write_buffer_size", false, "", "1024", "buffers are as large as messages are, which --max-pending-size bounds"},
    {"enable_native_pings", true, "", "", "pings are messages, which every client of Action Cable understands"},
    {"presets", false, "", "none", "there are no presets; give the options themselves"},
    {"disable_telemetry", true, "", "true", "nothing is told to anybody, in any case"},
};

}  // namespace

const std::vector<anycable_name>& anycable_names() {
  static const std::vector<anycable_name> all(std::begin(all_names), std::end(all_names));
  return all;
}

std::string anycable_name::flag() const { return flag_name(std::string{name}); }

std::vector<std::string> anycable_name::environment() const {
  std::string upper{name};
  for (auto& c : upper)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return {"ANYCABLE_" + upper, "ABILITY_" + upper};
}

bool anycable_name::is_quiet(const std::vector<std::string>& values) const {
  const auto well_known = split_list(quiet);
  for (const auto& value : values)
    for (const auto& part : split_list(value))
      if (std::ranges::find(well_known, part) == well_known.end() && !(is_flag && to_flag(part) == false))
        return false;
  return true;
}

const anycable_name* find_anycable_name(std::string_view name) {
  const auto& all = anycable_names();
  const auto found = std::ranges::find(all, name, &anycable_name::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace ability
