#include "actors/supervisor/supervisor.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "actors/app/app_server.hpp"
#include "actors/app/app_watch.hpp"
#include "actors/app/disconnect_queue.hpp"
#include "actors/connection/registry.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/ingress/redis_consumer.hpp"
#include "actors/ingress/redis_subscriber.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/sessions/sessions.hpp"
#include "actors/stream/directory.hpp"
#include "actors/supervisor/messages.hpp"

namespace ability {

namespace {

class supervisor_state {
public:
  static constexpr const char* name = "ability.supervisor";
  static constexpr std::chrono::seconds respawn_after{1};

  explicit supervisor_state(supervisor_actor::pointer self) : self_{self} {}
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;

  void start(node& here, supervision what) {
    here_ = &here;
    what_ = std::move(what);
  }

  supervisor_actor::behavior_type make_behavior() {
    self_->set_down_handler([this](const caf::down_msg& lost) { replace(lost); });
    for (const auto& home : here_->lanes) {
      self_->monitor(home->directory);
      self_->monitor(home->registry);
      self_->monitor(home->sessions);
    }
    if (here_->app_server) {
      self_->monitor(here_->app_server);
      self_->monitor(here_->disconnect_queue);
    }
    if (here_->monitor)
      self_->monitor(here_->monitor);
    if (here_->cluster)
      self_->monitor(here_->cluster);
    spawn_redis();
    spawn_consumer();
    if (what_.application != nullptr) {
      app_watch_ = spawn_app_watch(*what_.calls, what_.application);
      self_->monitor(app_watch_);
    }
    return {
        [this](stop_ingress) { stop_redis(); },
        [this](const disconnect_all& order) {
          for (const auto& home : here_->lanes)
            caf::anon_send(home->registry, order);
        },
        [this](stop_records) { stop(); },
        [this](respawn_redis) {
          spawn_redis();
          spawn_consumer();
        },
    };
  }

private:
  void spawn_redis() {
    if (what_.redis == nullptr || redis_ || stopping_)
      return;
    redis_ = spawn_redis_subscriber(*here_->lanes.front(), what_.redis);
    self_->monitor(redis_);
  }

  void spawn_consumer() {
    if (what_.entries == nullptr || consumer_ || stopping_)
      return;
    consumer_ = spawn_redis_consumer(*here_->lanes.front(), what_.entries);
    self_->monitor(consumer_);
  }

  // The consumer ends by itself, once it has acknowledged what it has taken. It has the last reference to its source,
  // which is destroyed on its lane.
  void stop_redis() {
    stopping_ = true;
    what_.entries = nullptr;
    if (consumer_)
      caf::anon_send(consumer_, leave_group{});
    if (redis_)
      caf::anon_send_exit(redis_, caf::exit_reason::user_shutdown);
  }

  void stop() {
    stop_redis();
    for (const auto& home : here_->lanes) {
      caf::anon_send_exit(home->directory, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(home->registry, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(home->sessions, caf::exit_reason::user_shutdown);
    }
    if (here_->monitor)
      caf::anon_send_exit(here_->monitor, caf::exit_reason::user_shutdown);
    if (app_watch_)
      caf::anon_send_exit(app_watch_, caf::exit_reason::user_shutdown);
    if (here_->app_server) {
      caf::anon_send_exit(here_->disconnect_queue, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(here_->app_server, caf::exit_reason::user_shutdown);
    }
    if (here_->cluster)
      caf::anon_send_exit(here_->cluster, caf::exit_reason::user_shutdown);
    if (here_->token_source)
      caf::anon_send_exit(here_->token_source, caf::exit_reason::user_shutdown);
    self_->quit();
  }

  void replace(const caf::down_msg& lost) {
    if (stopping_)
      return;
    if (redis_ && lost.source == redis_.address()) {
      log(log_level::error, "redis subscriber failed, starting it again");
      redis_ = nullptr;
      self_->delayed_send(self_, respawn_after, respawn_redis{});
      return;
    }
    if (consumer_ && lost.source == consumer_.address()) {
      log(log_level::error, "redis consumer failed, starting it again");
      consumer_ = nullptr;
      self_->delayed_send(self_, respawn_after, respawn_redis{});
      return;
    }
    if (here_->monitor && lost.source == here_->monitor.address()) {
      log(log_level::error, "monitor failed, monitoring programs are not answered any more");
      return;
    }
    log(log_level::error, "an actor failed that the daemon cannot do without, it has to end");
    if (what_.on_unrecoverable)
      what_.on_unrecoverable();
  }

  supervisor_actor::pointer self_;
  node* here_ = nullptr;
  supervision what_;
  redis_subscriber_actor redis_;
  redis_consumer_actor consumer_;
  app_watch_actor app_watch_;
  bool stopping_ = false;
};

}  // namespace

void start_records(node& here, std::shared_ptr<app_transport> application, lane_home* calls) {
  for (auto& home : here.lanes) {
    home->directory = spawn_directory(*home);
    home->registry = spawn_registry(*home);
    home->sessions = spawn_sessions(*home);
  }
  if (application != nullptr) {
    auto& home = calls != nullptr ? *calls : *here.lanes.front();
    here.app_server = spawn_app_server(home, std::move(application));
    here.disconnect_queue = spawn_disconnect_queue(home, here.app_server);
  }
}

supervisor_actor spawn_supervisor(node& here, supervision what) {
  return spawn_on<supervisor_actor, supervisor_state>(here.system, nullptr, here, std::move(what));
}

}  // namespace ability
