#include "net/cluster/tunnel.hpp"

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/messages.hpp"
#include "actors/node/log.hpp"
#include "net/cluster/outbound_handshake.hpp"
#include "net/cluster/tunnel_listener.hpp"
#include "net/cluster/tunnel_state.hpp"
#include "net/fly/transport/listen.hpp"
#include "net/fly/transport/packets.hpp"
#include "net/io/resolve_address.hpp"
#include "protocol/fly/address.hpp"

namespace ability {

namespace asio = boost::asio;

using boost::system::error_code;

namespace {

using text_result = boost::system::result<void, std::string>;

boost::system::result<tls_context_ptr, std::string> load(const tunnel_settings& from, const std::string& ca_file) {
  if (from.certificate_file.empty() || from.key_file.empty() || ca_file.empty())
    return tls_context_ptr{};
  return fly::tls_context::for_peers(from.certificate_file, from.key_file, ca_file);
}

// Stops all connections; one that stops may leave the list.
void stop_all(tunnel_common& common, bool gently) {
  for (auto it = common.sessions.begin(); it != common.sessions.end();)
    (it++)->stop(gently);
}

}  // namespace

tunnel::tunnel(io_lane& home, caf::actor_system& system, tunnel_settings settings,
               monitor_session_factory make_monitor_session)
    : common_{std::make_shared<tunnel_common>(home, system, std::move(settings), std::move(make_monitor_session))} {}

tunnel::~tunnel() {
  close();
  stop_all(*common_, false);
}

boost::system::result<tunnel_tls, std::string> tunnel::load_certificates(const tunnel_settings& from) {
  if (const int given = !from.certificate_file.empty() + !from.key_file.empty(); given == 1)
    return std::string{"a certificate needs its key: give --cluster-cert and --cluster-key together"};
  if (!from.ca_file.empty() && from.certificate_file.empty())
    return std::string{"--cluster-ca needs --cluster-cert and --cluster-key: nodes show each other certificates"};
  auto for_nodes = load(from, from.ca_file);
  if (!for_nodes)
    return for_nodes.error();
  auto for_programs = load(from, from.monitor_ca_file);
  if (!for_programs)
    return for_programs.error();
  return tunnel_tls{std::move(*for_nodes), std::move(*for_programs)};
}

void tunnel::use(tunnel_tls certificates, std::string secret) {
  common_->node_tls = std::move(certificates.nodes);
  common_->program_tls = std::move(certificates.programs);
  if (!secret.empty() || nodes_ == nullptr)
    common_->settings.secret = std::move(secret);
}

text_result tunnel::open() {
  const auto& settings = common_->settings;
  auto loaded = load_certificates(settings);
  if (!loaded)
    return loaded.error();
  use(std::move(*loaded), settings.secret);
  if (settings.cluster && settings.secret.empty())
    return std::string{"a cluster needs a secret that all its nodes know: give --cluster-secret"};
  if (settings.cluster) {
    if (const auto opened = listen(*settings.cluster, true); !opened)
      return opened.error();
  }
  return settings.monitor ? listen(*settings.monitor, false) : text_result{};
}

text_result tunnel::listen(const tunnel_address& where, bool for_nodes) {
  const auto cannot = "cannot listen at " + where.host + " port " + std::to_string(where.port) + ": ";
  const std::string option = for_nodes ? " (--cluster-listen)" : " (--monitor-listen)";
  error_code error;
  const auto address = fly::resolve_address(where.host, error);
  if (error)
    return cannot + error.message() + "; check the name" + option;
  const bool secure = (for_nodes ? common_->node_tls : common_->program_tls) != nullptr;
  if (!secure && !address.is_loopback())
    return cannot + "it is not a loopback address, so " +
           (for_nodes ? "nodes must show each other certificates: give --cluster-cert, --cluster-key and --cluster-ca"
                      : "programs must show certificates, and this node one to them: give --cluster-cert, "
                        "--cluster-key and --monitor-ca") +
           ", or listen at 127.0.0.1";
  auto made = std::make_shared<tunnel_listener>(common_, for_nodes);
  error = made->open({address, where.port});
  if (error) {
    const auto remedy = fly::listen_remedy(error);
    return cannot + error.message() + (remedy.empty() ? "" : "; ") + remedy + option;
  }
  log(log_level::info, "listening",
      {{"address", address.to_string()},
       {"port", made->local().port()},
       {"serves", for_nodes ? "cluster" : "monitor"},
       {"tls", secure ? "yes" : "no"}});
  (for_nodes ? nodes_ : programs_) = std::move(made);
  return {};
}

std::optional<tunnel::endpoint> tunnel::cluster_address() const {
  return nodes_ != nullptr ? std::optional{nodes_->local()} : std::nullopt;
}

std::optional<tunnel::endpoint> tunnel::monitor_address() const {
  return programs_ != nullptr ? std::optional{programs_->local()} : std::nullopt;
}

void tunnel::introduce_as(member self) { common_->settings.self = std::move(self); }

void tunnel::start(cluster_actor owner) {
  common_->owner = std::move(owner);
  for (const auto& each : {nodes_, programs_}) {
    if (each != nullptr)
      each->start();
  }
}

void tunnel::dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) {
  if (common_->closed)
    caf::anon_send(owner, dial_failed{attempt, {"stopping", "this node stops"}});
  else
    outbound_handshake::start(common_, address, attempt, std::move(owner));
}

void tunnel::resolve(const std::string& name, cluster_actor owner) {
  using resolver_type = asio::ip::basic_resolver<asio::ip::tcp, fly::executor>;
  const auto where = fly::parse_address("tcp://" + name);
  if (!where || common_->closed) {
    caf::anon_send(owner, name_resolved{name, {}, "it is not an address of the form host:port"});
    return;
  }
  const auto resolver = std::make_shared<resolver_type>(common_->home.io().get_executor());
  resolver->async_resolve(
      where->host, std::to_string(where->port),
      [resolver, name, owner = std::move(owner)](error_code error, const resolver_type::results_type& found) {
        name_resolved news{name, {}, error ? error.message() : "it has no address"};
        for (const auto& each : found)
          news.addresses.push_back(fly::text_of(each.endpoint()));
        caf::anon_send(owner, std::move(news));
      });
}

void tunnel::close(std::function<void()> done) {
  common_->closed = true;
  common_->owner = nullptr;
  for (const auto& each : {nodes_, programs_}) {
    if (each != nullptr)
      each->close();
  }
  stop_all(*common_, true);
  if (!done)
    return;
  if (common_->open == 0)
    asio::post(common_->home.io(), std::move(done));
  else
    common_->when_none_open = std::move(done);
}

void tunnel::cut() {
  stop_all(*common_, false);
  for (auto* each : {&common_->unproved, &common_->draining})
    while (!each->empty())
      each->front().crowd_out();
}

const tunnel_counters& tunnel::counters() const noexcept { return common_->counters; }

}  // namespace ability
