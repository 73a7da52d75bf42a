#include "apps/abilityd/settings_from_options.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "config/health_pages.hpp"
#include "config/key_set_url.hpp"
#include "config/publication_options.hpp"
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
  return given.app_server.off ? rpc_url{} : std::get<rpc_url>(parse_rpc_url(given.app_server.url));
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
  auto secrets = given.tokens.secrets;
  if (secrets.empty() && !given.secret.empty())
    secrets.push_back(given.secret);
  std::erase(secrets, switched_off);
  for (auto& secret : secrets)
    keys->add_secret(std::move(secret));
  for (const auto& path : given.tokens.public_key_files)
    check(path, keys->add_pem(text_of(path)));
  if (!given.tokens.key_set.empty() && !is_key_set_url(given.tokens.key_set))
    check(given.tokens.key_set, keys->add_jwks(text_of(given.tokens.key_set)));
  const bool any = !secrets.empty() || !given.tokens.public_key_files.empty() || !given.tokens.key_set.empty();
  return any ? keys : nullptr;
}

// Null if no keys are fetched.
std::shared_ptr<const key_set_place> key_set_of(const options& given) {
  if (!is_key_set_url(given.tokens.key_set))
    return nullptr;
  const auto url = std::get<key_set_url>(parse_key_set_url(given.tokens.key_set));
  return std::make_shared<key_set_place>(key_set_place{url.tls, url.host, url.port, url.target});
}

stream_channel_settings streams_of(const options& given) {
  auto streams = given.node.streams;
  streams.public_streams |= given.public_access;
  streams.streams_secret = key_or(streams.streams_secret, [&] { return given.secret; });
  for (auto* own : {&streams.turbo_secret, &streams.cable_ready_secret})
    *own = key_or(*own, [&] { return streams.streams_secret; });
  return streams;
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
      .secret = derived_key(given, given.app_server.http_secret, rpc_key_purpose),
      .verify = given.app_server.verify,
      .ca_file = given.app_server.ca_file,
      .max_reply = given.app_server.max_reply,
  };
}

std::optional<grpc_app_endpoint> grpc_app_of(const options& given) {
  const auto url = application_of(given);
  if (url.transport != rpc_transport::grpc)
    return {};
  std::vector<grpc_app_endpoint::server> servers;
  servers.reserve(url.backends.size());
  for (const auto& each : url.backends)
    servers.push_back({each.host, each.port});
  const bool needs_roots = given.app_server.grpc_tls && given.app_server.verify && !given.app_server.ca_file.empty();
  return grpc_app_endpoint{
      .servers = std::move(servers),
      .tls = given.app_server.grpc_tls,
      .verify = given.app_server.verify,
      .root_certificates = needs_roots ? text_of(given.app_server.ca_file) : ""s,
      .max_reply = given.app_server.max_reply,
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
                        .verify = given.app_server.verify,
                        .ca_file = given.app_server.ca_file,
                        .secret = derived_key(given, given.app_server.fly_secret, fly_rpc_key_purpose),
                        .max_pending = given.app_server.fly_max_pending});
  return backends;
}

std::vector<fly::address> fly_addresses_of(const options& given) {
  std::vector<fly::address> addresses;
  for (const auto& each : given.fly_listen) {
    auto parsed = fly::parse_address(each);
    if (!parsed)
      throw std::runtime_error{"fly_listen: " + parsed.error().detail};
    if (parsed->carrier == fly::carrier::tls && given.server.ssl_cert.empty())
      throw std::runtime_error{"fly_listen: " + each + " needs a certificate: give --ssl-cert and --ssl-key"};
    addresses.push_back(std::move(*parsed));
  }
  return addresses;
}

// True if other origins must be refused: their pages would act with the cookies of the visitors' browsers.
bool wants_same_origin(const options& given) {
  return given.edge.allowed_origins.empty() && application_of(given).transport != rpc_transport::none &&
         std::ranges::find(given.edge.forwarded_headers, "cookie") != given.edge.forwarded_headers.end();
}

bool has_metrics_port(const options& given) {
  return given.server.metrics_port != 0 && given.server.metrics_port != given.server.port;
}

edge_settings edge_settings_of(const options& given, bool takes_tokens) {
  auto edge = given.edge;
  edge.live_path = live_path(edge.health_path);
  edge.ready_path = ready_path(edge.health_path);
  edge.ready_requires = {.redis = std::ranges::count(given.ready_requires, "redis") > 0,
                         .app = std::ranges::count(given.ready_requires, "app") > 0};
  if (edge.metrics_path == switched_off)
    edge.metrics_path.clear();
  edge.metrics_apart = has_metrics_port(given);
  edge.broadcast_key = derived_key(given, given.edge.broadcast_key, broadcast_key_purpose);
  // A given key is required in public mode, too.
  edge.open_broadcast = given.edge.broadcast_key == switched_off || (given.public_access && edge.broadcast_key.empty());
  edge.api_key = derived_key(given, given.edge.api_key, api_key_purpose);
  edge.open_api = given.edge.api_key == switched_off || (given.public_access && edge.api_key.empty());
  edge.page = given.public_access && std::ranges::count(edge.cable_paths, "/") == 0 &&
              std::ranges::count(edge.cable_paths, "/*") == 0;
  edge.same_origin = wants_same_origin(given);
  edge.proxies = proxies_of(given);
  if (!takes_tokens)
    edge.token_param.clear();
  return edge;
}

std::optional<redis_endpoint> redis_of(const options& given) {
  const auto url = redis_url_of(given);
  if (url.host.empty() && url.path.empty())
    return {};
  auto redis = given.redis;
  redis.host = url.host;
  redis.port = url.port;
  redis.user = url.user;
  redis.password = url.password;
  redis.database = url.database;
  redis.path = url.path;
  redis.max_payload = given.edge.max_broadcast_size;
  redis.tls.on = url.tls;
  redis.tls.verify = redis.tls.verify && !url.skip_verify;
  for (const auto& each : given.redis_sentinels)
    if (const auto parts = split_host_port(each); parts && parts->port)
      redis.sentinels.push_back({std::string{parts->host}, *parts->port, given.redis_sentinel_password});
  if (!redis.sentinels.empty())
    redis.master_name = url.host;
  for (const auto& each : url.cluster)
    redis.cluster.push_back({each.host, each.port});
  return redis;
}

// Parses `host:port`, which the options have validated.
std::optional<tunnel_address> tunnel_address_of(const std::string& given) {
  if (given.empty())
    return {};
  const auto parts = split_host_port(given).value();
  return tunnel_address{std::string{parts.host}, parts.port.value()};
}

std::string cluster_secret_of(const options& given) { return cluster_key(given.tunnel.secret, given.secret); }

cluster_settings cluster_settings_of(const options& given) {
  using namespace std::chrono;
  auto cluster = given.node.cluster;
  cluster.on = !given.cluster_listen.empty();
  cluster.self.uuid = make_uuid();
  cluster.self.started =
      static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  return cluster;
}

monitor_settings monitor_settings_of(const options& given) {
  return {.on = !given.cluster_listen.empty() || !given.monitor_listen.empty(),
          .read_secret = given.node.monitor.read_secret,
          .command_secret = cluster_secret_of(given)};
}

node_settings node_settings_of(const options& given) {
  auto node = given.node;
  node.public_access |= given.public_access;
  node.tokens = token_keys_of(given);
  node.key_set = key_set_of(given);
  node.streams = streams_of(given);
  node.cluster = cluster_settings_of(given);
  node.monitor = monitor_settings_of(given);
  if (node.cluster.on && node.history.broker != history_broker::redis)
    node.history.broker = history_broker::none;  // until the nodes share their logs
  node.history.max_replay = given.edge.max_pending_size / 2;
  if (node.history.broker == history_broker::redis)  // a member fits into what is read of Redis
    node.presence.max_info =
        std::min(node.presence.max_info, std::max(given.edge.max_broadcast_size, std::size_t{64} << 10));
  // Nodes of a cluster have the same members in Redis only.
  node.presence.on = !node.cluster.on || node.history.broker == history_broker::redis;
  // A client's identifiers come in its messages.
  node.max_identifier_bytes = std::max(node.max_identifier_bytes, 4 * given.edge.max_message_size);
  return node;
}

server_settings server_settings_of(const options& given) {
  auto server = given.server;
  if (!has_metrics_port(given))
    server.metrics_port = 0;
  if (server.lanes == 0)
    server.lanes = std::max(1U, std::thread::hardware_concurrency());
  return server;
}

std::optional<tunnel_settings> tunnel_of(const options& given) {
  if (given.cluster_listen.empty() && given.monitor_listen.empty())
    return {};
  auto tunnel = given.tunnel;
  tunnel.cluster = tunnel_address_of(given.cluster_listen);
  tunnel.monitor = tunnel_address_of(given.monitor_listen);
  if (tunnel.monitor_ca_file.empty())
    tunnel.monitor_ca_file = tunnel.ca_file;
  tunnel.secret = cluster_secret_of(given);
  return tunnel;
}

}  // namespace

redis_url redis_url_of(const options& given) {
  return given.redis_url.empty() ? redis_url{} : std::get<redis_url>(parse_redis_url(given.redis_url));
}

daemon_settings settings_of(const options& given) {
  daemon_settings made;
  static_cast<server_settings&>(made) = server_settings_of(given);
  made.node = node_settings_of(given);
  made.edge = edge_settings_of(given, made.node.tokens != nullptr);
  made.redis = redis_of(given);
  made.reads_redis_channel = reads_redis_channel(given);
  made.reads_redis_stream = reads_redis_stream(given);
  made.redis_answer_timeout = given.redis_log.pipeline.answer_timeout;
  if (made.node.history.broker == history_broker::redis)
    made.redis_log = given.redis_log;
  made.fly_listen = fly_addresses_of(given);
  made.http_app = http_app_of(given);
  made.grpc_app = grpc_app_of(given);
  made.backends = backends_of(given);
  made.cluster = tunnel_of(given);
  return made;
}

}  // namespace ability
