#include "net/daemon.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "actors/log.hpp"
#include "actors/messages.hpp"
#include "actors/supervisor.hpp"
#include "net/backend_links.hpp"
#include "net/cluster/basp_join.hpp"
#include "net/cluster/cluster_service.hpp"
#include "net/fly_app_transport.hpp"
#include "net/fly_udp_listener.hpp"
#include "net/listener.hpp"

namespace ability {

namespace asio = boost::asio;

namespace {

// What this node takes in before it is linked reaches no other node.
constexpr std::chrono::seconds join_time{2};

std::string name_of(service which) {
  switch (which) {
    case service::clients:
      return "clients";
    case service::broadcasts:
      return "broadcasts";
    case service::fly:
      return "flyrpc";
    case service::all:
      break;
  }
  return "clients,broadcasts";
}

class actor_config : public caf::actor_system_config {
public:
  explicit actor_config(bool with_middleman) {
    if (with_middleman)
      configure_middleman(*this);
    // Only the supervisor is not pinned to a lane. Work stealing polls, and costs CPU when idle.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
  }
};

class daemon final : public node_control {
public:
  explicit daemon(const daemon_settings& settings);
  int run();

private:
  // -- for the monitor; any thread
  void drain(std::chrono::seconds within, bool reconnect) override;
  log_level set_log_level(log_level lowest) override { return ability::set_log_level(lowest); }
  std::string_view state() const override;

  bool load_certificate();
  bool listen(const std::string& host, std::uint16_t port, service serves, std::shared_ptr<tls_slot> tls);
  bool listen_for_fly(const fly::address& where);
  bool open_cluster();
  void take_in_clients();
  void start_actors();
  std::shared_ptr<app_transport> make_app_transport();
  std::shared_ptr<app_transport> link_backends();
  void wait_for_signals();
  void on_signal(int signal);
  void stop(int exit_code);
  void disconnect_when_delivered();
  void disconnect_everybody();
  void close_everything();
  void on_each_lane(const std::function<void(edge&)>& what);
  void drain_disconnects();
  void leave_cluster();
  void await_actors();
  std::string page_url() const;

  asio::io_context& main_io() { return lanes_.front()->io(); }

  const daemon_settings& settings_;
  actor_config config_{settings_.cluster.has_value()};
  caf::actor_system system_{config_};
  node node_;
  edge_state shared_;
  std::vector<std::unique_ptr<edge>> edges_;
  // The last to be created is the first to go: sessions, which belong to lanes, refer to all above.
  std::vector<std::unique_ptr<io_lane>> lanes_;
  // Calls to the application have a thread without clients: neither waits for the other.
  std::unique_ptr<lane_home> app_home_;
  std::unique_ptr<io_lane> app_lane_;
  std::unique_ptr<cluster_service> cluster_;
  std::vector<std::shared_ptr<listener>> listeners_;
  std::vector<std::unique_ptr<fly_udp_listener>> udp_listeners_;
  std::shared_ptr<tls_slot> tls_;
  supervisor_actor supervisor_;
  std::optional<asio::signal_set> signals_;
  std::optional<asio::steady_timer> deadline_;
  std::optional<asio::steady_timer> delivered_;
  std::chrono::steady_clock::time_point delivered_by_;
  std::chrono::steady_clock::time_point stop_by_;
  std::atomic<std::size_t> lanes_with_outlets_{0};
  bool stopping_ = false;
  int exit_code_ = 0;
  std::promise<int> ended_;
};

daemon::daemon(const daemon_settings& settings) : settings_{settings}, node_{system_, settings.node} {
  for (std::size_t i = 0; i < settings_.lanes; ++i) {
    auto& runs_on = *lanes_.emplace_back(std::make_unique<io_lane>(system_));
    auto& home = *node_.lanes.emplace_back(std::make_unique<lane_home>(node_, &runs_on));
    edges_.push_back(std::make_unique<edge>(edge{runs_on, home, settings_.edge, shared_}));
  }
}

int daemon::run() {
  if (!load_certificate())
    return 1;
  const bool separate = settings_.broadcast_port != 0 && settings_.broadcast_port != settings_.port;
  if (!listen(settings_.host, settings_.port, separate ? service::clients : service::all, tls_) ||
      (separate && !listen(settings_.host, settings_.broadcast_port, service::broadcasts, tls_)) ||
      !std::ranges::all_of(settings_.fly_listen, [this](const auto& where) { return listen_for_fly(where); }))
    return 1;
  if (!open_cluster())
    return 1;
  start_actors();
  wait_for_signals();
  std::vector<std::thread> threads;
  for (auto& lane : lanes_)
    threads.emplace_back([&lane] {
      pthread_setname_np(pthread_self(), "lane");
      lane->run();
    });
  if (app_lane_ != nullptr)
    threads.emplace_back([this] {
      pthread_setname_np(pthread_self(), "app");
      app_lane_->run();
    });
  if (cluster_ != nullptr) {
    cluster_->start();
    cluster_->await_joined(join_time);
  }
  if (!shared_.stopping)
    take_in_clients();
  const int exit_code = ended_.get_future().get();
  drain_disconnects();
  leave_cluster();
  await_actors();
  for (auto& lane : lanes_)
    lane->stop();
  if (app_lane_ != nullptr)
    app_lane_->stop();
  for (auto& thread : threads)
    thread.join();
  log(log_level::info, "stopped");
  return exit_code;
}

// -- start ---

void daemon::take_in_clients() {
  for (auto& each : listeners_)
    asio::post(main_io(), [each] { each->start(); });
  log(log_level::info, "ready",
      {{"port", std::to_string(listeners_.front()->local().port())}, {"lanes", std::to_string(lanes_.size())}});
  if (settings_.edge.page)
    log(log_level::info, "page to try it", {{"url", page_url()}});
}

bool daemon::load_certificate() {
  if (settings_.ssl_cert.empty())
    return true;
  auto identity = fly::tls_context::for_server(settings_.ssl_cert, settings_.ssl_key);
  if (!identity) {
    log(log_level::error, "cannot load the certificate", {{"reason", identity.error()}});
    return false;
  }
  if (tls_ == nullptr)
    tls_ = std::make_shared<tls_slot>();
  tls_->identity = *identity;
  return true;
}

bool daemon::listen_for_fly(const fly::address& where) {
  if (where.carrier != fly::carrier::udp)
    return listen(where.host, where.port, service::fly, where.carrier == fly::carrier::tls ? tls_ : nullptr);
  auto opened = std::make_unique<fly_udp_listener>(*edges_.front());
  const auto outcome = opened->open(where, settings_.fly_udp_max_payload, settings_.fly_udp_idle_timeout);
  if (!outcome) {
    log(log_level::error, "cannot listen", {{"reason", outcome.error()}});
    return false;
  }
  log(log_level::info, "listening", {{"address", to_string(opened->local())}, {"serves", "flyrpc"}, {"tls", "no"}});
  udp_listeners_.push_back(std::move(opened));
  return true;
}

bool daemon::listen(const std::string& host, std::uint16_t port, service serves, std::shared_ptr<tls_slot> tls) {
  boost::system::error_code error;
  asio::ip::tcp::resolver resolver{main_io()};
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::tcp::resolver::passive, error);
  std::vector<edge*> lanes;
  for (auto& each : edges_)
    lanes.push_back(each.get());
  std::string failure = error ? host + ": " + error.message() : "";
  bool listening = false;
  for (const auto& entry : found) {
    auto endpoint = entry.endpoint();
    endpoint.port(port);
    auto opened = std::make_shared<listener>(lanes, serves, tls);
    error = opened->open(endpoint);
    const auto address = endpoint.address().to_string();
    // A name may stand for addresses that this machine does not have, as ::1 where there is no IPv6.
    if (error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL) {
      failure = address + " port " + std::to_string(port) + ": " + error.message();
      continue;
    }
    if (error) {
      log(log_level::error, "cannot listen",
          {{"address", address}, {"port", std::to_string(port)}, {"reason", error.message()}});
      return false;
    }
    port = opened->local().port();
    log(log_level::info, "listening",
        {{"address", address},
         {"port", std::to_string(port)},
         {"serves", name_of(serves)},
         {"tls", tls != nullptr ? "yes" : "no"}});
    listeners_.push_back(std::move(opened));
    listening = true;
  }
  if (!listening)
    log(log_level::error, "cannot listen", {{"host", host}, {"reason", failure}});
  return listening;
}

bool daemon::open_cluster() {
  if (!settings_.cluster)
    return true;
  cluster_ = std::make_unique<cluster_service>(system_, node_, *settings_.cluster, *this);
  shared_.tunnel = &cluster_->counters();
  const auto opened = cluster_->open();
  if (!opened)
    log(log_level::error, "cannot listen", {{"reason", opened.error()}});
  return opened.has_value();
}

void daemon::start_actors() {
  if (settings_.http_app || settings_.grpc_app || !settings_.backends.empty()) {
    app_lane_ = std::make_unique<io_lane>(system_);
    app_home_ = std::make_unique<lane_home>(node_, app_lane_.get());
    start_records(node_, make_app_transport(), app_home_.get());
  } else {
    start_records(node_);
  }
  if (cluster_ != nullptr)
    cluster_->spawn_actors();
  supervision what;
  if (settings_.redis)
    what.redis = std::make_shared<redis_connection>(main_io(), *settings_.redis);
  what.on_unrecoverable = [this] { asio::post(main_io(), [this] { stop(1); }); };
  supervisor_ = spawn_supervisor(node_, std::move(what));
}

std::shared_ptr<app_transport> daemon::make_app_transport() {
  if (settings_.http_app)
    return std::make_shared<http_app_transport>(app_lane_->io(), *settings_.http_app);
  if (settings_.grpc_app)
    return make_grpc_app_transport(*settings_.grpc_app);
  return link_backends();
}

// Each lane has links of its own: its clients' packets cross no thread.
std::shared_ptr<app_transport> daemon::link_backends() {
  std::vector<fly_app_transport::place> places;
  for (auto& each : edges_) {
    auto links = std::make_shared<backend_links>(*each, settings_.backends);
    each->backends = links.get();
    links->start();
    places.push_back({&each->lane, std::move(links)});
  }
  return std::make_shared<fly_app_transport>(std::move(places));
}

std::string daemon::page_url() const {
  const bool v6 = settings_.host.find(':') != std::string::npos;
  return (tls_ != nullptr ? "https://" : "http://") + (v6 ? '[' + settings_.host + ']' : settings_.host) + ':' +
         std::to_string(listeners_.front()->local().port()) + '/';
}

// -- signals ---

void daemon::wait_for_signals() {
  if (!signals_)
    signals_.emplace(main_io(), SIGTERM, SIGINT, SIGHUP);
  signals_->async_wait([this](boost::system::error_code error, int signal) {
    if (error)
      return;
    on_signal(signal);
    wait_for_signals();
  });
}

void daemon::on_signal(int signal) {
  if (signal == SIGHUP) {
    if (settings_.ssl_cert.empty() && cluster_ == nullptr)
      log(log_level::info, "nothing to load again");
    else if (!settings_.ssl_cert.empty() && load_certificate())
      log(log_level::info, "certificate loaded again");
    if (cluster_ != nullptr)
      cluster_->load_certificates();
  } else if (stopping_) {
    std::_Exit(128 + signal);
  } else {
    stop(0);
  }
}

// -- stop ---

// Nothing comes in any more; what was accepted is delivered, then everybody is told to leave.
void daemon::stop(int exit_code) {
  if (std::exchange(stopping_, true))
    return;
  log(log_level::info, "stopping");
  shared_.stopping = true;
  for (auto& each : listeners_)
    each->close();
  for (auto& each : udp_listeners_)
    each->stop_accepting();
  caf::anon_send(supervisor_, stop_ingress{});
  deadline_.emplace(main_io(), settings_.shutdown_timeout);
  deadline_->async_wait([this](boost::system::error_code error) {
    if (!error) {
      log(log_level::warn, "clients took too long to leave, closing their sockets");
      close_everything();
    }
  });
  exit_code_ = exit_code;
  stop_by_ = std::chrono::steady_clock::now() + settings_.shutdown_timeout;
  delivered_by_ = std::chrono::steady_clock::now() + settings_.shutdown_timeout / 2;
  disconnect_when_delivered();
}

void daemon::disconnect_when_delivered() {
  // A moment at most: clients that do not read hold up nothing that is pending.
  if (node_.gate.pending() == 0 || std::chrono::steady_clock::now() >= delivered_by_) {
    disconnect_everybody();
    return;
  }
  delivered_.emplace(main_io(), std::chrono::milliseconds{10});
  delivered_->async_wait([this](boost::system::error_code) { disconnect_when_delivered(); });
}

void daemon::disconnect_everybody() {
  caf::anon_send(supervisor_, disconnect_all{std::string{disconnect_reason::server_restart}, true});
  lanes_with_outlets_ = lanes_.size();
  on_each_lane([this](edge& each) {
    for (auto it = each.stoppables.begin(); it != each.stoppables.end();)
      (it++)->stop();
    each.lane.when_no_outlets([this] {
      if (--lanes_with_outlets_ == 0)
        ended_.set_value(exit_code_);
    });
  });
}

void daemon::close_everything() {
  on_each_lane([](edge& each) { each.lane.close_outlets(); });
}

void daemon::on_each_lane(const std::function<void(edge&)>& what) {
  for (auto& each : edges_)
    asio::post(each->lane.io(), [what, &each] { what(*each); });
}

// The application hears of all that have just left, as far as there is time.
void daemon::drain_disconnects() {
  if (!node_.disconnector)
    return;
  const auto left = [this] {
    return std::max(stop_by_ - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero());
  };
  const auto open = [this] {
    std::uint64_t sum = 0;
    for (const auto& home : node_.lanes)
      sum += home->counters.connections_opened.get() - home->counters.connections_closed.get();
    return sum;
  };
  while (open() > 0 && left().count() > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  caf::scoped_actor self{system_};
  self->request(node_.disconnector, left(), ability::drain_disconnects{})
      .receive([](disconnects_done) {},
               [](const caf::error&) {
                 log(log_level::warn, "no time left to tell the application of all that have left");
               });
}

// What was published here has reached the links by now. Other nodes need not wait for this one any more.
void daemon::leave_cluster() {
  static constexpr std::chrono::seconds limit{3};
  if (cluster_ == nullptr)
    return;
  cluster_->leave(limit);
  cluster_->close();
}

// The lanes still run: actors end on them.
void daemon::await_actors() {
  caf::anon_send(supervisor_, stop_records{});
  supervisor_ = nullptr;
  system_.await_all_actors_done();
}

// -- the monitor's commands ---

// Whoever comes from now on is sent away, those that are here leave one by one.
void daemon::drain(std::chrono::seconds within, bool reconnect) {
  shared_.draining = true;
  log(log_level::info, "draining", {{"within_s", std::to_string(within.count())}});
  for (const auto& home : node_.lanes)
    caf::anon_send(home->registry, drain_connections{within, reconnect});
}

std::string_view daemon::state() const {
  return shared_.stopping ? "stopping" : shared_.draining ? "draining" : "running";
}

}  // namespace

int run_daemon(const daemon_settings& settings) { return daemon{settings}.run(); }

}  // namespace ability
