#include "config/reload_plan.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/option.hpp"
#include "config/option_checks.hpp"

namespace ability {
namespace {

// Options that sockets, threads or links were made from are not listed: they need a restart.
constexpr std::array live_options{
    // Server.
    "path", "health_path", "allowed_origins", "max_conn", "public", "auth_reject", "shutdown_delay", "shutdown_timeout",
    "ssl_cert", "ssl_key",
    // Client connections.
    "ping_interval", "pong_timeout", "handshake_timeout", "http_idle_timeout", "max_message_size", "message_timeout",
    "max_unfinished_size", "max_pending_size", "max_pending_commands", "max_subscriptions", "max_stream_subscriptions",
    "max_connection_streams", "max_stream_identifiers", "close_timeout", "enable_ws_compression",
    "max_commands_per_second", "sessions_ttl", "sessions_max", "sessions_max_size", "sessions_bind",
    // Application.
    "rpc_concurrency", "rpc_max_waiting", "rpc_command_timeout", "rpc_request_timeout", "http_rpc_secret",
    "fly_rpc_secret", "headers", "proxy_cookies", "trusted_proxies", "proxy_protocol", "disconnect_mode",
    "disconnect_rate", "disconnect_backlog_size",
    // Tokens.
    "noauth", "jwt_secret", "jwt_public_key", "jwt_jwks", "jwt_jwks_refresh", "jwt_param", "enforce_jwt", "jwt_leeway",
    "jwt_expiry_reconnect",
    // Stream names from clients.
    "streams_secret", "public_streams", "streams_whisper", "turbo_streams", "turbo_streams_secret", "cable_ready",
    "cable_ready_secret",
    // Broadcasts.
    "secret", "broadcast_key", "http_broadcast_path", "max_pending_broadcasts", "max_pending_broadcast_bytes",
    // Presence.
    "streams_presence", "presence_ttl", "presence_max_members", "presence_max_info", "api_secret", "api_path",
    // Cluster and monitor.
    "cluster_secret", "cluster_cert", "cluster_key", "cluster_ca", "monitor_secret", "monitor_ca",
    // Logs and metrics.
    "log_level", "debug", "metrics_http", "ready_requires"};

constexpr std::array files_of_tls{"ssl_cert", "ssl_key", "cluster_cert", "cluster_key", "cluster_ca", "monitor_ca"};

bool is_among(const auto& names, const std::string& name) {
  return std::ranges::find(names, std::string_view{name}) != names.end();
}

bool is_empty(const std::vector<std::string>& values) {
  return std::ranges::all_of(values, [](const auto& each) { return each.empty(); });
}

// Checks the mixture of old and new options, as the start has checked each of the two alone.
std::string contradiction_in_mixture(const options& in_force, const options& wanted, const options& next) {
  const bool has_monitor = !next.monitor_listen.empty() || !next.cluster_listen.empty();
  const bool moves = next.monitor_listen != wanted.monitor_listen || next.cluster_listen != wanted.cluster_listen;
  const auto has_secret = [](const options& given) { return !given.node.monitor.read_secret.empty(); };
  if (has_monitor && moves && has_secret(in_force) && !has_secret(next))
    return "--monitor-secret is gone, but the port that it protects stays open.";
  return contradiction_in(next, option_layers{});
}

}  // namespace

bool is_live(const std::string& option_name) { return is_among(live_options, option_name); }

std::size_t live_option_count() { return live_options.size(); }

reload_plan plan_reload(const options& in_force, const options& wanted) {
  reload_plan plan{.next = in_force, .changed = {}, .needs_restart = {}};
  for (const auto& group : all_options()) {
    for (const auto& each : group.members) {
      const auto was = each.get(in_force);
      const auto is = each.get(wanted);
      if (was == is)
        continue;
      const bool turns_tls = is_among(files_of_tls, each.name) && is_empty(was) != is_empty(is);
      const bool taken = is_live(each.name) && !turns_tls && each.set(plan.next, is).empty();
      (taken ? plan.changed : plan.needs_restart).push_back(each.name);
    }
  }
  if (!plan.changed.empty())
    plan.contradiction = contradiction_in_mixture(in_force, wanted, plan.next);
  return plan;
}

}  // namespace ability
