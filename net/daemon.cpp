#include "net/daemon.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
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
#include "net/departure.hpp"
#include "net/entrances.hpp"
#include "net/fly_app_transport.hpp"

namespace ability {

namespace asio = boost::asio;

namespace {

// What this node takes in before it is linked reaches no other node.
constexpr std::chrono::seconds join_time{2};

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

  bool open_cluster();
  void take_in_clients();
  void start_actors();
  std::shared_ptr<app_transport> make_app_transport();
  std::shared_ptr<app_transport> link_backends();
  void wait_for_signals();
  void on_signal(int signal);
  void stop(int exit_code);
  void leave_cluster();
  void await_actors();

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
  entrances entrances_{settings_, edges_};
  departure departure_{node_, edges_, settings_.shutdown_timeout};
  supervisor_actor supervisor_;
  std::optional<asio::signal_set> signals_;
  bool stopping_ = false;
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
  if (!entrances_.open() || !open_cluster())
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
  entrances_.start_operations();
  if (cluster_ != nullptr) {
    cluster_->start();
    cluster_->await_joined(join_time);
  }
  if (!shared_.stopping)
    take_in_clients();
  const int exit_code = ended_.get_future().get();
  departure_.tell_application();
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
  shared_.serving = true;
  entrances_.start();
  entrances_.log_endpoints();
  const bool refused = node_.refused_for != refusal_cause::none;
  log(refused ? log_level::warn : log_level::info, refused ? "listening, but not ready" : "ready",
      {{"port", entrances_.port()}, {"lanes", lanes_.size()}});
  if (settings_.edge.page)
    log(log_level::info, "page to try it", {{"url", entrances_.page_url()}});
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
  std::shared_ptr<app_transport> application;
  if (settings_.http_app || settings_.grpc_app || !settings_.backends.empty()) {
    app_lane_ = std::make_unique<io_lane>(system_);
    app_home_ = std::make_unique<lane_home>(node_, app_lane_.get());
    application = make_app_transport();
    start_records(node_, application, app_home_.get());
  } else {
    start_records(node_);
  }
  if (cluster_ != nullptr)
    cluster_->spawn_actors();
  supervision what;
  if (settings_.redis)
    what.redis = std::make_shared<redis_connection>(main_io(), *settings_.redis);
  what.application = application;
  what.calls = app_home_.get();
  what.on_unrecoverable = [this] { asio::post(main_io(), [this] { stop(1); }); };
  supervisor_ = spawn_supervisor(node_, std::move(what));
}

std::shared_ptr<app_transport> daemon::make_app_transport() {
  if (settings_.http_app)
    return std::make_shared<http_app_transport>(app_lane_->io(), *settings_.http_app);
  if (settings_.grpc_app)
    return make_grpc_app_transport(app_lane_->io(), *settings_.grpc_app);
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
    else if (!settings_.ssl_cert.empty() && entrances_.load_certificate())
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
  entrances_.close();
  caf::anon_send(supervisor_, stop_ingress{});
  departure_.begin(supervisor_, [this, exit_code] { ended_.set_value(exit_code); });
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
  log(log_level::info, "draining", {{"within_s", within.count()}});
  for (const auto& home : node_.lanes)
    caf::anon_send(home->registry, drain_connections{within, reconnect});
}

std::string_view daemon::state() const {
  return shared_.stopping ? "stopping" : shared_.draining ? "draining" : "running";
}

}  // namespace

int run_daemon(const daemon_settings& settings) { return daemon{settings}.run(); }

}  // namespace ability
