#include "net/cluster/cluster_service.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <future>
#include <utility>

#include "actors/cluster/cluster.hpp"
#include "actors/monitor/monitor.hpp"
#include "actors/monitor/monitor_session.hpp"
#include "actors/node/log.hpp"
#include "net/fly/transport/packets.hpp"

namespace ability {

namespace asio = boost::asio;

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "node";
}

}  // namespace

cluster_service::cluster_service(caf::actor_system& system, node& here, tunnel_settings settings, node_control& control)
    : system_{system},
      here_{here},
      control_{control},
      settings_{std::move(settings)},
      lane_{system},
      home_{here, &lane_},
      tunnel_{lane_, system, settings_,
              [this](peer_connection_ptr way) { return spawn_monitor_session(home_, std::move(way)); }} {}

cluster_service::~cluster_service() {
  lane_.stop();
  if (thread_.joinable())
    thread_.join();
}

boost::system::result<void, std::string> cluster_service::open() {
  if (auto opened = tunnel_.open(); !opened)
    return opened;
  complete_self();
  return {};
}

// Sets the address and name that were not configured: a port chosen by the system is known only after `open`.
void cluster_service::complete_self() {
  auto& self = here_.settings.cluster.self;
  const auto where = tunnel_.cluster_address() ? tunnel_.cluster_address() : tunnel_.monitor_address();
  if (self.address.empty() && where)
    self.address = fly::text_of(*where);
  if (self.name.empty() && where)
    self.name = host_name().substr(0, 58) + ':' + std::to_string(where->port());
  tunnel_.introduce_as(self);
}

void cluster_service::spawn_actors() {
  here_.cluster_lane = &home_;
  here_.monitor = spawn_monitor(home_, control_);
  if (settings_.cluster)
    here_.cluster = spawn_cluster(home_);
}

void cluster_service::start() {
  tunnel_.start(here_.cluster);
  if (here_.cluster)
    caf::anon_send(here_.cluster, join_cluster{std::shared_ptr<cluster_network>{std::shared_ptr<void>{}, &tunnel_}});
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "cluster");
    lane_.run();
  }};
}

void cluster_service::await_joined(std::chrono::steady_clock::duration limit) {
  if (!here_.cluster)
    return;
  caf::scoped_actor self{system_};
  self->request(here_.cluster, limit, ability::await_joined{})
      .receive([](joined_cluster) {},
               [](const caf::error&) { log(log_level::warn, "not all nodes could be linked yet, starting without"); });
}

void cluster_service::use(tunnel_tls certificates, std::string secret, const node_settings& settings) {
  asio::post(lane_.io(), [this, certificates = std::move(certificates), secret = std::move(secret), settings] {
    tunnel_.use(certificates, secret);
    home_.settings = settings;
  });
}

void cluster_service::leave(std::chrono::steady_clock::duration limit) {
  if (!here_.cluster)
    return;
  caf::scoped_actor self{system_};
  self->monitor(here_.cluster);
  caf::anon_send(here_.cluster, leave_cluster{"stopping"});
  self->receive(
      [](const caf::down_msg&) {},
      caf::after(limit) >> [] { log(log_level::warn, "no time left to tell all nodes that this one leaves"); });
}

void cluster_service::close(std::chrono::steady_clock::duration limit) {
  std::promise<void> promise;
  const auto closed = promise.get_future();
  asio::post(lane_.io(), [&] { tunnel_.close([&] { promise.set_value(); }); });
  if (closed.wait_for(limit) != std::future_status::ready) {
    asio::post(lane_.io(), [this] { tunnel_.cut(); });
    closed.wait();
  }
  if (here_.cluster)
    caf::anon_send_exit(here_.cluster, caf::exit_reason::user_shutdown);
  if (here_.monitor)
    caf::anon_send_exit(here_.monitor, caf::exit_reason::user_shutdown);
}

}  // namespace ability
