#include "apps/abilityd/listeners.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "actors/broadcast/messages.hpp"
#include "actors/node/log.hpp"
#include "net/fly/transport/listen.hpp"
#include "net/fly_gateway/fly_tcp_transport.hpp"
#include "net/http/http_session.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

namespace asio = boost::asio;

namespace {

void start_fly(lane_context& where, outbox::pointer connection, service) {
  fly_tcp_transport::start(where, std::move(connection));
}

std::string name_of(service which) {
  switch (which) {
    case service::clients:
      return "clients";
    case service::broadcasts:
      return "broadcasts";
    case service::fly:
      return "flyrpc";
    case service::operations:
      return "health,metrics";
    case service::all:
      break;
  }
  return "clients,broadcasts";
}

}  // namespace

listeners::listeners(const daemon_settings& settings, const std::vector<std::unique_ptr<lane_context>>& contexts)
    : settings_{settings}, contexts_{contexts} {}

bool listeners::open() {
  if (!load_certificate())
    return false;
  const bool separate = settings_.broadcast_port != 0 && settings_.broadcast_port != settings_.port;
  const door clients{settings_.host, settings_.port, "--host", "--port"};
  const door broadcasts{settings_.host, settings_.broadcast_port, "--host", "--http-broadcast-port"};
  const door operations{settings_.metrics_host, settings_.metrics_port, "--metrics-host", "--metrics-port"};
  return listen(clients, separate ? service::clients : service::all, tls_) &&
         (!separate || listen(broadcasts, service::broadcasts, tls_)) &&
         (settings_.metrics_port == 0 || listen(operations, service::operations, nullptr)) &&
         std::ranges::all_of(settings_.fly_listen, [this](const auto& where) { return listen_for_fly(where); });
}

bool listeners::load_certificate() {
  if (settings_.ssl_cert.empty())
    return true;
  auto identity = fly::tls_context::for_server(settings_.ssl_cert, settings_.ssl_key);
  if (!identity) {
    log(log_level::error, "cannot load the certificate", {{"reason", identity.error()}});
    return false;
  }
  tls_ = std::make_shared<tls_slot>();
  tls_->identity = *identity;
  return true;
}

void listeners::show(std::shared_ptr<const fly::tls_context> certificate) {
  asio::post(io(), [slot = tls_, certificate = std::move(certificate)] {
    if (slot != nullptr)
      slot->identity = certificate;
  });
}

bool listeners::listen_for_fly(const fly::address& where) {
  if (where.carrier != fly::carrier::udp)
    return listen({where.host, where.port, "--fly-listen", "--fly-listen"}, service::fly,
                  where.carrier == fly::carrier::tls ? tls_ : nullptr);
  auto opened = std::make_unique<fly_udp_listener>(*contexts_.front());
  const auto outcome = opened->open(where, settings_.fly_udp_max_payload, settings_.fly_udp_idle_timeout);
  if (!outcome) {
    log(log_level::error, "cannot listen", {{"option", "--fly-listen"}, {"reason", outcome.error()}});
    return false;
  }
  log(log_level::info, "listening", {{"address", to_string(opened->local())}, {"serves", "flyrpc"}, {"tls", "no"}});
  udp_listeners_.push_back(std::move(opened));
  return true;
}

bool listeners::listen(const door& where, service serves, const std::shared_ptr<tls_slot>& tls) {
  boost::system::error_code error;
  auto port = where.port;
  asio::ip::tcp::resolver resolver{io()};
  const auto found = resolver.resolve(where.host, std::to_string(port), asio::ip::tcp::resolver::passive, error);
  std::vector<lane_context*> lanes;
  lanes.reserve(contexts_.size());
  for (auto& each : contexts_)
    lanes.push_back(each.get());
  std::string failure = error ? where.host + ": " + error.message() : "";
  std::string remedy = error ? "check the name" : "";
  bool listening = false;
  for (const auto& entry : found) {
    auto endpoint = entry.endpoint();
    endpoint.port(port);
    auto opened =
        std::make_shared<listener>(lanes, serves, tls, serves == service::fly ? start_fly : http_session::start);
    error = opened->open(endpoint);
    const auto address = endpoint.address().to_string();
    // A name may have addresses that this machine lacks, such as ::1 without IPv6.
    if (error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL) {
      failure = address + " port " + std::to_string(port) + ": " + error.message();
      remedy = fly::listen_remedy(error);
      continue;
    }
    if (error) {
      log(log_level::error, "cannot listen",
          {{"address", address},
           {"port", port},
           {"option", where.port_option},
           {"reason", error.message()},
           {"remedy", fly::listen_remedy(error)}});
      return false;
    }
    port = opened->local().port();
    log(log_level::info, "listening",
        {{"address", address}, {"port", port}, {"serves", name_of(serves)}, {"tls", tls != nullptr ? "yes" : "no"}});
    (serves == service::operations ? operations_listeners_ : listeners_).push_back(std::move(opened));
    listening = true;
  }
  if (!listening)
    log(log_level::error, "cannot listen",
        {{"host", where.host}, {"option", where.host_option}, {"reason", failure}, {"remedy", remedy}});
  return listening;
}

void listeners::start() {
  for (auto& each : listeners_)
    asio::post(io(), [each] { each->start(); });
}

void listeners::start_operations() {
  for (auto& each : operations_listeners_)
    asio::post(io(), [each] { each->start(); });
}

void listeners::close() {
  asio::post(io(), [this] {
    for (auto& each : listeners_)
      each->close();
    for (auto& each : operations_listeners_)
      each->close();
    for (auto& each : udp_listeners_)
      each->stop_accepting();
  });
}

std::uint16_t listeners::port() const { return listeners_.front()->local().port(); }

std::string listeners::page_url() const { return origin("http", port()) + '/'; }

void listeners::log_endpoints() const {
  const auto& edge = settings_.edge;
  std::string clients;
  for (const auto& path : edge.cable_paths)
    clients.append(clients.empty() ? "" : ",").append(origin("ws", port())).append(path);
  const bool may_publish = edge.open_broadcast || !edge.broadcast_key.empty();
  const auto publications = settings_.broadcast_port != 0 ? settings_.broadcast_port : port();
  const auto metrics = edge.metrics_apart ? "http://" + host_port(settings_.metrics_host, settings_.metrics_port)
                                          : origin("http", port());
  log(log_level::info, "endpoints",
      {{"clients", clients},
       {"publications", may_publish ? origin("http", publications) + edge.broadcast_path : "off"},
       {"health", origin("http", port()) + edge.health_path},
       {"metrics", edge.metrics_path.empty() ? "off" : metrics + edge.metrics_path}});
}

std::string listeners::origin(std::string_view scheme, std::uint16_t at) const {
  return std::string{scheme} + (tls_ != nullptr ? "s://" : "://") + host_port(settings_.host, at);
}

}  // namespace ability
