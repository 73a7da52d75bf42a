#include "config/start_warnings.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

#include "config/history_rules.hpp"
#include "config/option.hpp"
#include "config/option_layers.hpp"
#include "config/publication_options.hpp"
#include "config/redis_url.hpp"
#include "config/rpc_url.hpp"

namespace ability {

namespace {

constexpr std::string_view switched_off = "none";

bool is_key(std::string_view given) { return !given.empty() && given != switched_off; }

// True if there is a key: the given one, or one derived from `secret`.
bool has_key(const options& o, std::string_view own) { return own.empty() ? !o.secret.empty() : is_key(own); }

bool has_stream_key(const options& o) { return has_key(o, o.node.streams.streams_secret); }

bool takes_tokens(const options& o) {
  const bool hmac = o.tokens.secrets.empty() ? !o.secret.empty() : std::ranges::any_of(o.tokens.secrets, is_key);
  return hmac || !o.tokens.public_key_files.empty() || !o.tokens.key_set.empty();
}

rpc_url application_of(const options& o) {
  const auto url = parse_rpc_url(o.app_server.off ? "" : o.app_server.url);
  const auto* parsed = std::get_if<rpc_url>(&url);
  return parsed == nullptr ? rpc_url{} : *parsed;
}

bool has_monitor(const options& o) { return !o.cluster_listen.empty() || !o.monitor_listen.empty(); }

bool requires_for_ready(const options& o, std::string_view what) {
  return std::ranges::find(o.ready_requires, what) != o.ready_requires.end();
}

// An option that has no effect without another one.
struct dependent {
  const char* name;
  bool works;
  const char* remedy;
};

bool is_default(const char* name, const options& given) {
  static const options defaults{};
  for (const auto& group : all_options())
    for (const auto& each : group.members)
      if (each.name == name)
        return each.get(given) == each.get(defaults);
  return true;
}

class warnings {
public:
  explicit warnings(const options& given) : o_{given}, app_{application_of(given)} {}

  std::vector<start_warning> all(std::size_t client_sockets) {
    clients();
    publications();
    streams();
    history();
    sizes(client_sockets);
    without_effect();
    return std::move(found_);
  }

private:
  void add(std::string what, std::string remedy) { found_.push_back({std::move(what), std::move(remedy)}); }

  bool has_app() const { return app_.transport != rpc_transport::none; }

  void clients() {
    if (!o_.public_access && !o_.node.public_access && !takes_tokens(o_) && !has_app())
      add("no client can connect, as nothing lets any in",
          "--public to try it out, --rpc-host to ask an application, --secret or --jwt-secret for tokens, --noauth for "
          "anybody");
    else if (!o_.public_access && !o_.node.streams.public_streams && !has_stream_key(o_) && !has_app() &&
             !has_own_stream_key())
      add("clients can follow no stream",
          "--public-streams to let them name any, --secret or --streams-secret for signed names, --rpc-host to ask an "
          "application");
  }

  bool has_own_stream_key() const {
    return (o_.node.streams.turbo && is_key(o_.node.streams.turbo_secret)) ||
           (o_.node.streams.cable_ready && is_key(o_.node.streams.cable_ready_secret));
  }

  void publications() {
    const bool by_http = o_.public_access || o_.edge.broadcast_key == switched_off ||
                         has_key(o_, o_.edge.broadcast_key) || o_.edge.api_key == switched_off ||
                         has_key(o_, o_.edge.api_key);
    const bool by_others = reads_redis_channel(o_) || reads_redis_stream(o_) || app_.transport == rpc_transport::fly ||
                           !o_.cluster_listen.empty();
    if (!by_http && !by_others)
      add("nobody can publish", "--secret, --broadcast-key or --api-secret for HTTP, --redis-url for Redis");
  }

  void streams() {
    if (o_.node.streams.turbo && !has_stream_key(o_) && !is_key(o_.node.streams.turbo_secret))
      add("Turbo streams cannot be followed, as there is no key of their names",
          "--turbo-streams-secret, --streams-secret or --secret");
    if (o_.node.streams.cable_ready && !has_stream_key(o_) && !is_key(o_.node.streams.cable_ready_secret))
      add("CableReady streams cannot be followed, as there is no key of their names",
          "--cable-ready-secret, --streams-secret or --secret");
  }

  void history() {
    if (!o_.cluster_listen.empty() && o_.node.history.broker == history_broker::automatic)
      add("streams keep no history in a cluster, and clients that ask for missed messages are told so; sessions end "
          "with their connections, and presence is off",
          "--broker redis to keep the logs in Redis, --broker none to say that this is meant");
    for (const auto& [pattern, earlier] : unreached_history_rules(o_.node.history.rules))
      if (pattern == earlier)
        add("--history-streams has two rules for " + quoted_excerpt(pattern) + ", of which the first counts",
            "leave one of them out");
      else
        add("the rule of --history-streams for " + quoted_excerpt(pattern) + " never counts, as " +
                quoted_excerpt(earlier) + " comes first",
            "write it ahead of that, or leave it out");
  }

  void sizes(std::size_t client_sockets) {
    if (o_.edge.max_broadcast_size > o_.edge.max_pending_size)
      add("publications of more than " + std::to_string(o_.edge.max_pending_size) + " bytes can reach no client",
          "--max-pending-size of at least --max-broadcast-size");
    if (o_.edge.max_connections > client_sockets)
      add("file descriptors are enough for " + std::to_string(client_sockets) + " connections, fewer than --max-conn",
          "raise `ulimit -n` (systemd: LimitNOFILE)");
  }

  void without_effect() {
    const bool http = app_.transport == rpc_transport::http;
    const bool grpc = app_.transport == rpc_transport::grpc;
    const dependent all[] = {
        {"streams_whisper", has_stream_key(o_), "--streams-secret or --secret"},
        {"turbo_streams_secret", o_.node.streams.turbo, "--turbo-streams"},
        {"cable_ready_secret", o_.node.streams.cable_ready, "--cable-ready"},
        {"jwt_param", takes_tokens(o_), "--jwt-secret, --secret, --jwt-public-key or --jwt-jwks"},
        {"redis_channel", reads_redis_channel(o_), "--redis-url, and redis among --broadcast-adapter if that is given"},
        {"redisx_stream", reads_redis_stream(o_), "--broadcast-adapter redisx, --redis-url"},
        {"redisx_group", reads_redis_stream(o_), "--broadcast-adapter redisx, --redis-url"},
        {"redisx_read_block_milliseconds", reads_redis_stream(o_), "--broadcast-adapter redisx, --redis-url"},
        {"redisx_claim_after", reads_redis_stream(o_), "--broadcast-adapter redisx, --redis-url"},
        {"redisx_max_pending", reads_redis_stream(o_), "--broadcast-adapter redisx, --redis-url"},
        {"history_limit", keeps_history(), "--broker auto, memory or redis"},
        {"history_ttl", keeps_history(), "--broker auto, memory or redis"},
        {"history_streams", keeps_history(), "--broker auto, memory or redis"},
        {"history_max_size", keeps_history(), "--broker auto, memory or redis"},
        {"history_position_ttl", keeps_history(), "--broker auto, memory or redis"},
        {"history_max_positions", keeps_history(), "--broker auto, memory or redis"},
        {"history_dedupe", keeps_history(), "--broker auto, memory or redis"},
        {"history_max_ids", keeps_history() && o_.node.history.dedupe.count() > 0,
         "--broker auto, memory or redis, --history-dedupe above 0"},
        {"sessions_ttl", keeps_history(), "--broker auto, memory or redis"},
        {"sessions_max", keeps_history() && o_.node.sessions.ttl.count() > 0,
         "--broker auto, memory or redis, --sessions-ttl above 0"},
        {"sessions_max_size", keeps_history() && o_.node.sessions.ttl.count() > 0,
         "--broker auto, memory or redis, --sessions-ttl above 0"},
        {"sessions_bind", keeps_history() && o_.node.sessions.ttl.count() > 0,
         "--broker auto, memory or redis, --sessions-ttl above 0"},
        {"redis_sentinel_password", !o_.redis_sentinels.empty(), "--redis-sentinels"},
        {"redis_key_prefix", logs_in_redis(), "--broker redis"},
        {"redis_answer_timeout", logs_in_redis() || reads_redis_stream(o_),
         "--broker redis, or --broadcast-adapter redisx"},
        {"redis_max_pending_commands", logs_in_redis(), "--broker redis"},
        {"redis_max_pending_size", logs_in_redis(), "--broker redis"},
        {"metrics_host", o_.server.metrics_port != 0, "--metrics-port"},
        {"http_rpc_secret", http, "--rpc-host http://..."},
        {"fly_rpc_secret", app_.transport == rpc_transport::fly, "--rpc-host fly://..."},
        {"rpc_enable_tls", grpc, "--rpc-host HOST:PORT (gRPC)"},
        {"rpc_tls_root_ca", app_.tls || (grpc && o_.app_server.grpc_tls),
         "--rpc-host https://..., or --rpc-enable-tls"},
        {"headers", has_app(), "--rpc-host"},
        {"proxy_cookies", has_app() && std::ranges::count(o_.edge.forwarded_headers, "cookie") > 0,
         "--rpc-host, cookie in --headers"},
        {"disconnect_mode", has_app(), "--rpc-host"},
        {"monitor_secret", has_monitor(o_), "--monitor-listen or --cluster-listen"},
        {"monitor_ca", has_monitor(o_), "--monitor-listen or --cluster-listen"},
        {"cluster_secret", has_monitor(o_), "--cluster-listen or --monitor-listen"},
        {"cluster_advertise", !o_.cluster_listen.empty(), "--cluster-listen"},
        {"fly_udp_max_payload", serves_udp(), "--fly-listen udp://..."},
        {"fly_udp_idle_timeout", serves_udp(), "--fly-listen udp://..."},
    };
    for (const auto& each : all)
      if (!each.works && !is_default(each.name, o_))
        add(flag_name(each.name) + " does nothing by itself", std::string{"it needs "} + each.remedy);
    if (requires_for_ready(o_, "redis") && !names_redis(o_.redis_url))
      add("--ready-requires redis does nothing by itself", "it needs --redis-url");
    if (requires_for_ready(o_, "app") && !has_app())
      add("--ready-requires app does nothing by itself", "it needs --rpc-host");
  }

  bool logs_in_redis() const { return o_.node.history.broker == history_broker::redis; }

  bool keeps_history() const { return o_.node.history.broker != history_broker::none; }

  bool serves_udp() const {
    return std::ranges::any_of(o_.fly_listen, [](const auto& each) { return each.starts_with("udp:"); });
  }

  const options& o_;
  const rpc_url app_;
  std::vector<start_warning> found_;
};

}  // namespace

std::vector<start_warning> start_warnings(const options& given, std::size_t client_sockets) {
  return warnings{given}.all(client_sockets);
}

}  // namespace ability
