#include "apps/abilityd/settings_from_options.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "config/health_pages.hpp"
#include "config/key_set_url.hpp"
#include "config/rpc_url.hpp"
#include "net/io/pem_file.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

namespace {

using namespace std::string_literals;

const std::string switched_off = "none";

// The given key; none if it is `none`; the key from `fallback` if it is empty.
template <class F>
std::string key_or(const std::string& given, F fallback) {
  if (given.empty())
    return fallback();
  return given == switched_off ? ""s : given;
}

std::string derived_key(const options& given, const std::string& own, std::string_view purpose) {
  return key_or(own, [&] { return given.secret.empty() ? ""s : derive_key(given.secret, purpose); });
}

rpc_url application_of(const options& given) {
  return given.norpc ? rpc_url{} : std::get<rpc_url>(parse_rpc_url(given.rpc_host));
}

std::string text_of(const std::string& path) {
  auto file = fly::read_text_file(path);
  if (!file.error.empty())
    throw std::runtime_error{"cannot read " + path + ": " + file.error};
  return std::move(file.text);
}

// Null if there is no key.
std::shared_ptr<const token_keys> token_keys_of(const options& given) {
  auto keys = std::make_shared<token_keys>();
  const auto check = [](const std::string& path, const result<void>& added) {
    if (!added)
      throw std::runtime_error{path + ": " + added.error().detail};
  };
  auto secrets = given.jwt_secret;
  if (secrets.empty() && !given.secret.empty())
    secrets.push_back(given.secret);
  std::erase(secrets, switched_off);
  for (auto& secret : secrets)
    keys->add_secret(std::move(secret));
  for (const auto& path : given.jwt_public_key)
    check(path, keys->add_pem(text_of(path)));
  if (!given.jwt_jwks.empty() && !is_key_set_url(given.jwt_jwks))
    check(given.jwt_jwks, keys->add_jwks(text_of(given.jwt_jwks)));
  const bool any = !secrets.empty() || !given.jwt_public_key.empty() || !given.jwt_jwks.empty();
  return any ? keys : nullptr;
}

// Null if no keys are fetched.
std::shared_ptr<const key_set_place> key_set_of(const options& given) {
  if (!is_key_set_url(given.jwt_jwks))
    return nullptr;
  const auto url = std::get<key_set_url>(parse_key_set_url(given.jwt_jwks));
  return std::make_shared<key_set_place>(key_set_place{url.tls, url.host, url.port, url.target});
}

stream_channel_settings streams_of(const options& given) {
  const auto streams = key_or(given.streams_secret, [&] { return given.secret; });
  const auto or_streams = [&]() -> const auto& { return streams; };
  return {
      .public_streams = given.public_access || given.public_streams,
      .whisper_signed = given.streams_whisper,
      .streams_secret = streams,
      .turbo = given.turbo_streams,
      .turbo_secret = key_or(given.turbo_streams_secret, or_streams),
      .cable_ready = given.cable_ready,
      .cable_ready_secret = key_or(given.cable_ready_secret, or_streams),
  };
}

app_settings app_settings_of(const options& given) {
  return {
      .concurrency = given.rpc_concurrency,
      .max_waiting = given.rpc_max_waiting,
      .command_timeout = given.rpc_command_timeout,
      .request_timeout = given.rpc_request_timeout,
      .disconnects = static_cast<disconnect_mode>(given.disconnect_mode),
      .disconnect_rate = given.disconnect_rate,
      .disconnect_backlog = given.disconnect_backlog_size,
  };
}

trusted_proxies proxies_of(const options& given) {
  trusted_proxies proxies;
  for (const auto& each : given.trusted_proxies)
    if (!proxies.add(each))
      throw std::runtime_error{"trusted_proxies: " + each + " is neither an IP address nor a network"};
  return proxies;
}

std::optional<http_app_endpoint> http_app_of(const options& given) {
  const auto url = application_of(given);
  if (url.transport != rpc_transport::http)
    return {};
  return http_app_endpoint{
      .tls = url.tls,
      .host = url.host,
      .port = url.port,
      .path = url.path,
      .secret = derived_key(given, given.http_rpc_secret, rpc_key_purpose),
      .verify = given.rpc_tls_verify,
      .ca_file = given.rpc_tls_root_ca,
      .max_reply = given.rpc_max_reply_size,
  };
}

std::optional<grpc_app_endpoint> grpc_app_of(const options& given) {
  const auto url = application_of(given);
  if (url.transport != rpc_transport::grpc)
    return {};
  std::vector<grpc_app_endpoint::server> servers;
  for (const auto& each : url.backends)
    servers.push_back({each.host, each.port});
  const bool needs_roots = given.rpc_enable_tls && given.rpc_tls_verify && !given.rpc_tls_root_ca.empty();
  return grpc_app_endpoint{
      .servers = std::move(servers),
      .tls = given.rpc_enable_tls,
      .verify = given.rpc_tls_verify,
      .root_certificates = needs_roots ? text_of(given.rpc_tls_root_ca) : ""s,
      .max_reply = given.rpc_max_reply_size,
  };
}

std::vector<backend_endpoint> backends_of(const options& given) {
  const auto url = application_of(given);
  std::vector<backend_endpoint> backends;
  if (url.transport != rpc_transport::fly)
    return backends;
  for (const auto& each : url.backends)
    backends.push_back({.host = each.host,
                        .port = each.port,
                        .tls = url.tls,
                        .verify = given.rpc_tls_verify,
                        .ca_file = given.rpc_tls_root_ca,
                        .secret = derived_key(given, given.fly_rpc_secret, fly_rpc_key_purpose),
                        .max_pending = given.fly_rpc_max_pending_size});
  return backends;
}

std::vector<fly::address> fly_addresses_of(const options& given) {
  std::vector<fly::address> addresses;
  for (const auto& each : given.fly_listen) {
    auto parsed = fly::parse_address(each);
    if (!parsed)
      throw std::runtime_error{"fly_listen: " + parsed.error().detail};
    if (parsed->carrier == fly::carrier::tls && given.ssl_cert.empty())
      throw std::runtime_error{"fly_listen: " + each + " needs a certificate: give --ssl-cert and --ssl-key"};
    addresses.push_back(std::move(*parsed));
  }
  return addresses;
}

rejection rejection_of(auth_rejection how) {
  switch (how) {
    case auth_rejection::http:
      return rejection::http;
    case auth_rejection::message:
      return rejection::message;
    case auth_rejection::automatic:
      break;
  }
  return rejection::automatic;
}

// True if other origins must be refused: their pages would act with the cookies of the visitors' browsers.
bool wants_same_origin(const options& given) {
  return given.allowed_origins.empty() && application_of(given).transport != rpc_transport::none &&
         std::ranges::find(given.headers, "cookie") != given.headers.end();
}

ping_unit unit_of(ping_precision given) { return static_cast<ping_unit>(given); }

bool has_metrics_port(const options& given) { return given.metrics_port != 0 && given.metrics_port != given.port; }

edge_settings edge_settings_of(const options& given, bool takes_tokens) {
  const auto key = derived_key(given, given.broadcast_key, broadcast_key_purpose);
  return {
      .cable_paths = given.path,
      .health_path = given.health_path,
      .live_path = live_path(given.health_path),
      .ready_path = ready_path(given.health_path),
      .ready_requires = {.redis = std::ranges::count(given.ready_requires, "redis") > 0,
                         .app = std::ranges::count(given.ready_requires, "app") > 0},
      .metrics_path = given.metrics_http == switched_off ? ""s : given.metrics_http,
      .metrics_apart = has_metrics_port(given),
      .broadcast_path = given.http_broadcast_path,
      .broadcast_key = key,
      // A given key is required in public mode, too.
      .open_broadcast = given.broadcast_key == switched_off || (given.public_access && key.empty()),
      .page = given.public_access && std::ranges::find(given.path, "/") == given.path.end() &&
              std::ranges::find(given.path, "/*") == given.path.end(),
      .compression = given.enable_ws_compression,
      .reject_by = rejection_of(given.auth_reject),
      .allowed_origins = given.allowed_origins,
      .same_origin = wants_same_origin(given),
      .forwarded_headers = given.headers,
      .forwarded_cookies = given.proxy_cookies,
      .proxies = proxies_of(given),
      .proxy_protocol = given.proxy_protocol,
      .token_param = takes_tokens ? given.jwt_param : ""s,
      .expired_may_return = given.jwt_expiry_reconnect,
      .max_connections = given.max_conn,
      .max_message_size = given.max_message_size,
      .max_pending_size = given.max_pending_size,
      .max_pending_commands = given.max_pending_commands,
      .max_broadcast_size = given.max_broadcast_size,
      .max_unfinished_size = given.max_unfinished_size,
      .ping_interval = given.ping_interval,
      .ping_unit = unit_of(given.ping_timestamp_precision),
      .pong_timeout = given.pong_timeout,
      .handshake_timeout = given.handshake_timeout,
      .message_timeout = given.message_timeout,
      .http_idle_timeout = given.http_idle_timeout,
      .close_timeout = given.close_timeout,
  };
}

std::optional<redis_endpoint> redis_of(const options& given) {
  const auto url = redis_url_of(given);
  if (url.host.empty() && url.path.empty())
    return {};
  return redis_endpoint{.host = url.host,
                        .port = url.port,
                        .user = url.user,
                        .password = url.password,
                        .database = url.database,
                        .channel = given.redis_channel,
                        .max_payload = given.max_broadcast_size,
                        .path = url.path,
                        .tls = {.on = url.tls,
                                .verify = given.redis_tls_verify && !url.skip_verify,
                                .ca_file = given.redis_tls_ca_cert_path,
                                .certificate_file = given.redis_tls_client_cert_path,
                                .key_file = given.redis_tls_client_key_path}};
}

// Parses `host:port`, which the options have validated.
std::optional<tunnel_address> tunnel_address_of(const std::string& given) {
  if (given.empty())
    return {};
  const auto parts = split_host_port(given).value();
  return tunnel_address{std::string{parts.host}, parts.port.value()};
}

std::string cluster_secret_of(const options& given) { return cluster_key(given.cluster_secret, given.secret); }

cluster_settings cluster_settings_of(const options& given) {
  using namespace std::chrono;
  return {
      .on = !given.cluster_listen.empty(),
      .self = {.uuid = make_uuid(),
               .name = given.node_name,
               .address = given.cluster_advertise,
               .started = static_cast<std::uint64_t>(
                   duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count())},
      .join = given.cluster_join,
      .max_pending_bytes = given.cluster_max_pending_size,
  };
}

// Scales the identifier limit with max_message_size.
std::size_t identifier_bound(const options& given) {
  return std::max(node_settings{}.max_identifier_bytes, 4 * given.max_message_size);
}

monitor_settings monitor_settings_of(const options& given) {
  return {.on = !given.cluster_listen.empty() || !given.monitor_listen.empty(),
          .read_secret = given.monitor_secret,
          .command_secret = cluster_secret_of(given)};
}

std::optional<tunnel_settings> tunnel_of(const options& given) {
  if (given.cluster_listen.empty() && given.monitor_listen.empty())
    return {};
  return tunnel_settings{
      .cluster = tunnel_address_of(given.cluster_listen),
      .monitor = tunnel_address_of(given.monitor_listen),
      .certificate_file = given.cluster_cert,
      .key_file = given.cluster_key,
      .ca_file = given.cluster_ca,
      .monitor_ca_file = given.monitor_ca.empty() ? given.cluster_ca : given.monitor_ca,
      .secret = cluster_secret_of(given),
  };
}

}  // namespace

redis_url redis_url_of(const options& given) {
  return given.redis_url.empty() ? redis_url{} : std::get<redis_url>(parse_redis_url(given.redis_url));
}

daemon_settings settings_of(const options& given) {
  const auto tokens = token_keys_of(given);
  return {
      .edge = edge_settings_of(given, tokens != nullptr),
      .node = {.public_access = given.public_access || given.noauth,
               .tokens = tokens,
               .key_set = key_set_of(given),
               .key_set_refresh = given.jwt_jwks_refresh,
               .token_required = given.enforce_jwt,
               .token_leeway = given.jwt_leeway,
               .streams = streams_of(given),
               .app = app_settings_of(given),
               .cluster = cluster_settings_of(given),
               .monitor = monitor_settings_of(given),
               .max_commands_per_second = given.max_commands_per_second,
               .max_subscriptions = given.max_subscriptions,
               .max_stream_subscriptions = given.max_stream_subscriptions,
               .max_connection_streams = given.max_connection_streams,
               .max_stream_identifiers = given.max_stream_identifiers,
               .max_identifier_bytes = identifier_bound(given),
               .max_pending_broadcasts = given.max_pending_broadcasts,
               .max_pending_bytes = given.max_pending_broadcast_bytes},
      .host = given.host,
      .port = given.port,
      .broadcast_port = given.http_broadcast_port,
      .metrics_host = given.metrics_host,
      .metrics_port = has_metrics_port(given) ? given.metrics_port : std::uint16_t{0},
      .lanes = given.lanes > 0 ? given.lanes : std::max(1U, std::thread::hardware_concurrency()),
      .ssl_cert = given.ssl_cert,
      .ssl_key = given.ssl_key,
      .redis = redis_of(given),
      .fly_listen = fly_addresses_of(given),
      .fly_udp_max_payload = given.fly_udp_max_payload,
      .fly_udp_idle_timeout = given.fly_udp_idle_timeout,
      .http_app = http_app_of(given),
      .grpc_app = grpc_app_of(given),
      .backends = backends_of(given),
      .protocols = {},  // set by the program
      .cluster = tunnel_of(given),
      .shutdown_delay = given.shutdown_delay,
      .shutdown_timeout = given.shutdown_timeout,
  };
}

}  // namespace ability
