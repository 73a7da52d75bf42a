#include "apps/abilityd/daemon.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "actors/cluster/messages.hpp"
#include "actors/node/log.hpp"
#include "actors/supervisor/messages.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "apps/abilityd/daemon_control.hpp"
#include "apps/abilityd/last_resort.hpp"
#include "apps/abilityd/listeners.hpp"
#include "apps/abilityd/log_sink.hpp"
#include "apps/abilityd/reload.hpp"
#include "net/app/fly_app_transport.hpp"
#include "net/auth/key_set_fetcher.hpp"
#include "net/cluster/caf_bridge.hpp"
#include "net/cluster/cluster_service.hpp"
#include "net/cluster/tunnel_metrics.hpp"
#include "net/fly_gateway/backend_pool.hpp"
#include "net/metrics/metric_families.hpp"
#include "net/redis/redis_log_metrics.hpp"
#include "net/redis/redis_log_store.hpp"
#include "net/redis/redis_session_metrics.hpp"
#include "net/redis/redis_stream_metrics.hpp"
#include "net/redis/redis_stream_reader.hpp"
#include "protocol/auth/secret.hpp"

namespace ability {

namespace asio = boost::asio;

namespace {

// Time to link to other nodes first: publications accepted before the links are up reach no other node.
constexpr std::chrono::seconds join_time{2};

// Time to free resources at the end; a sanitizer also looks for leaks.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds give_back{60'000};
#else
constexpr std::chrono::milliseconds give_back{1'000};
#endif

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

shutdown_limits limits_of(const daemon_settings& settings) {
  return {.delay = settings.shutdown_delay,
          .timeout = settings.shutdown_timeout,
          .last_bytes = settings.edge.close_timeout};
}

class daemon {
public:
  daemon(const daemon_settings& settings, settings_source* source);
  int run();

private:
  bool open_cluster();
  void take_in_clients();
  void open_stores();
  void start_actors();
  void start_token_source();
  std::shared_ptr<app_transport> make_app_transport();
  std::shared_ptr<app_transport> link_backends();
  void start_reloader();
  void leave_cluster();
  void await_actors();

  asio::io_context& main_io() { return lanes_.front()->io(); }

  const daemon_settings& settings_;
  settings_source* source_;
  actor_config config_{settings_.cluster.has_value()};
  caf::actor_system system_{config_};
  node node_;
  shared_limits shared_;
  std::vector<std::unique_ptr<lane_context>> contexts_;
  // Destroyed before the members above: sessions, which belong to lanes, refer to them.
  std::vector<std::unique_ptr<io_lane>> lanes_;
  // Calls to the application run on a lane without clients, so that neither delays the other.
  std::unique_ptr<lane_home> app_home_;
  std::unique_ptr<io_lane> app_lane_;
  std::unique_ptr<cluster_service> cluster_;
  listeners listeners_{settings_, contexts_};
  io_lane control_lane_{system_};
  daemon_control control_{node_, shared_, contexts_, listeners_, control_lane_, limits_of(settings_)};
  std::shared_ptr<app_transport> application_;
  std::optional<reloader> reloader_;
};

daemon::daemon(const daemon_settings& settings, settings_source* source)
    : settings_{settings},
      source_{source},
      node_{system_, settings.node, {std::chrono::system_clock::now, std::random_device{}()}} {
  shared_.metric_sources.emplace_back([](metric_families& into) {
    into.add_counter("ability_log_lines_lost_total", "Log lines that were lost because too many waited to be written",
                     static_cast<double>(lost_log_lines()));
  });
  for (std::size_t i = 0; i < settings_.lanes; ++i) {
    auto& runs_on = *lanes_.emplace_back(std::make_unique<io_lane>(system_));
    auto& home = *node_.lanes.emplace_back(std::make_unique<lane_home>(node_, &runs_on));
    contexts_.push_back(
        std::make_unique<lane_context>(lane_context{runs_on, home, settings_.edge, shared_, &settings_.protocols}));
  }
}

int daemon::run() {
  if (!listeners_.open() || !open_cluster())
    return 1;
  start_actors();
  std::vector<std::thread> threads;
  const auto run_as = [&threads](const char* name, io_lane& lane) {
    threads.emplace_back([name, &lane] {
      pthread_setname_np(pthread_self(), name);
      lane.run();
    });
  };
  for (auto& lane : lanes_)
    run_as("lane", *lane);
  if (app_lane_ != nullptr)
    run_as("app", *app_lane_);
  run_as("control", control_lane_);
  listeners_.start_operations();
  if (cluster_ != nullptr) {
    cluster_->start();
    cluster_->await_joined(join_time);
  }
  if (!control_.is_ending())
    take_in_clients();
  const int exit_code = control_.await_last_client();
  waiting_for("the application");
  control_.tell_application();
  waiting_for("other nodes");
  leave_cluster();
  waiting_for("actors");
  await_actors();
  waiting_for("threads");
  for (auto& lane : lanes_)
    lane->stop();
  if (app_lane_ != nullptr)
    app_lane_->stop();
  control_lane_.stop();
  for (auto& thread : threads)
    thread.join();
  log(log_level::info, "stopped");
  ended_well(exit_code, give_back);
  return exit_code;
}

// -- start ---

void daemon::take_in_clients() {
  shared_.serving = true;
  listeners_.start();
  listeners_.log_endpoints();
  const bool refused = node_.refused_for != refusal_cause::none;
  log(refused ? log_level::warn : log_level::info, refused ? "listening, but not ready" : "ready",
      {{"port", listeners_.port()}, {"lanes", lanes_.size()}});
  if (settings_.edge.page)
    log(log_level::info, "page to try it", {{"url", listeners_.page_url()}});
}

bool daemon::open_cluster() {
  if (!settings_.cluster)
    return true;
  cluster_ = std::make_unique<cluster_service>(system_, node_, *settings_.cluster, control_);
  shared_.metric_sources.emplace_back([of = &cluster_->counters()](metric_families& into) { collect(*of, into); });
  const auto opened = cluster_->open();
  if (!opened)
    log(log_level::error, "cannot listen", {{"reason", opened.error()}});
  return opened.has_value();
}

// Before the actors, which use it.
void daemon::open_stores() {
  if (!settings_.redis_log)
    return;
  const auto node = random_id();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    auto store =
        std::make_shared<redis_log_store>(lanes_[i]->io(), *node_.lanes[i], *settings_.redis, *settings_.redis_log);
    node_.lanes[i]->store = store;
    node_.lanes[i]->members = {store, &store->members()};
    node_.lanes[i]->vault = {store, &store->share_sessions(node)};
    asio::post(lanes_[i]->io(), [store = std::move(store)] { store->open(); });
  }
  shared_.metric_sources.emplace_back([&here = node_](metric_families& into) {
    collect_redis_logs(here, into);
    collect_redis_sessions(here, into);
  });
}

void daemon::start_actors() {
  open_stores();
  if (settings_.http_app || settings_.grpc_app || !settings_.backends.empty()) {
    app_lane_ = std::make_unique<io_lane>(system_);
    app_home_ = std::make_unique<lane_home>(node_, app_lane_.get());
    application_ = make_app_transport();
    start_records(node_, application_, app_home_.get());
  } else {
    start_records(node_);
  }
  if (cluster_ != nullptr)
    cluster_->spawn_actors();
  start_token_source();
  supervision what;
  if (settings_.reads_redis_channel)
    what.redis = std::make_shared<redis_connection>(main_io(), *settings_.redis);
  if (settings_.reads_redis_stream) {
    what.entries = std::make_shared<redis_stream_reader>(main_io(), *node_.lanes.front(), *settings_.redis,
                                                         settings_.redis_answer_timeout);
    shared_.metric_sources.emplace_back([&here = node_](metric_families& into) { collect_redis_stream(here, into); });
  }
  what.application = application_;
  what.calls = app_home_.get();
  what.on_unrecoverable = [this] { control_.fail(); };
  start_reloader();
  control_.start(spawn_supervisor(node_, std::move(what)), [this] { reloader_->begin(); });
}

void daemon::start_token_source() {
  const auto tell_lanes = [this](const std::shared_ptr<const token_keys>& keys) {
    for (std::size_t i = 0; i < lanes_.size(); ++i)
      asio::post(lanes_[i]->io(), [&home = *node_.lanes[i], keys] { home.settings.tokens = keys; });
  };
  node_.token_source =
      spawn_token_source(node_, &control_lane_, std::make_shared<key_set_fetcher>(control_lane_.io()), tell_lanes);
  use_keys_of(node_, settings_.node);
}

void daemon::start_reloader() {
  reloader_.emplace(source_, control_lane_.io(),
                    reload_targets{.here = node_,
                                   .contexts = contexts_,
                                   .doors = listeners_,
                                   .app_home = app_home_.get(),
                                   .app_lane = app_lane_.get(),
                                   .application = application_,
                                   .cluster = cluster_.get()},
                    [this](const daemon_settings& next) { control_.use(limits_of(next)); });
}

std::shared_ptr<app_transport> daemon::make_app_transport() {
  if (settings_.http_app)
    return std::make_shared<http_app_transport>(app_lane_->io(), *settings_.http_app);
  if (settings_.grpc_app)
    return make_grpc_app_transport(app_lane_->io(), *settings_.grpc_app);
  return link_backends();
}

// Creates links for each lane, so that packets of its clients cross no thread.
std::shared_ptr<app_transport> daemon::link_backends() {
  std::vector<fly_app_transport::place> places;
  for (auto& each : contexts_) {
    auto links = std::make_shared<backend_pool>(*each, settings_.backends);
    each->backends = links.get();
    links->start();
    places.push_back({&each->lane, std::move(links)});
  }
  return std::make_shared<fly_app_transport>(std::move(places));
}

// -- stop ---

// Publications accepted here have reached the links by now. Other nodes need not wait for this one any more.
void daemon::leave_cluster() {
  static constexpr std::chrono::milliseconds limit{3'000};
  if (cluster_ == nullptr)
    return;
  cluster_->leave(std::min(limit, control_.time_left() / 2));
  cluster_->close(control_.time_left() / 2);
}

// Called while the lanes still run: actors end on them.
void daemon::await_actors() {
  caf::anon_send(control_.release_supervisor(), stop_records{});
  system_.await_all_actors_done();
  // No actor uses the stores any more, and they use the event loops of the lanes.
  std::latch closed{static_cast<std::ptrdiff_t>(lanes_.size())};
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    asio::post(lanes_[i]->io(), [&closed, home = node_.lanes[i].get()] {
      home->members = nullptr;
      home->store = nullptr;
      home->vault = nullptr;
      closed.count_down();
    });
  closed.wait();
}

}  // namespace

int run_daemon(const daemon_settings& settings, settings_source* source) { return daemon{settings, source}.run(); }

}  // namespace ability
