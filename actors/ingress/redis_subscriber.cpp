#include "actors/ingress/redis_subscriber.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/ingress/ingress.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

redis_subscriber_state::~redis_subscriber_state() {
  if (link_ != nullptr)
    link_->close();
}

void redis_subscriber_state::start(lane_home& home, std::shared_ptr<redis_link> link) {
  home_ = &home;
  link_ = std::move(link);
  home_->here.redis = redis_state::lost;
}

redis_subscriber_actor::behavior_type redis_subscriber_state::make_behavior() {
  caf::anon_send(redis_subscriber_actor{self_}, redis_connect{});
  return {
      [this](redis_connect) { link_->connect(redis_subscriber_actor{self_}); },
      [this](redis_connected) { connected(); },
      [this](const redis_lost& why) { lost(why); },
      [this](redis_payload& payload) { take(payload); },
      [this](const redis_oversize& what) {
        home_->counters.failed_broadcasts.add();
        note_refusal(*home_, refusal_reason::publication_too_large, "redis", std::to_string(what.bytes) + " bytes");
      },
      [this](ingress_reopened) { link_->resume(); },
  };
}

void redis_subscriber_state::connected() {
  retries_.connected(self_->clock().now());
  last_reason_.clear();
  home_->here.redis = redis_state::connected;
  home_->here.redis_reach.set(true);
  report(home_->here, event_kind::redis, "connected");
  log(log_level::info, "redis subscribed");
}

void redis_subscriber_state::lost(const redis_lost& why) {
  const auto delay = retries_.next(self_->clock().now(), home_->random);
  const bool was_connected = home_->here.redis.exchange(redis_state::lost) == redis_state::connected;
  home_->here.redis_reach.set(false);
  if (last_reason_ != why.reason) {
    report(home_->here, event_kind::redis, "lost", why.reason);
    log(log_level::warn, was_connected ? "redis lost, retrying" : "redis not reached, retrying",
        {{"reason", why.reason}, {"next_try_ms", delay.count()}});
    last_reason_ = why.reason;
  }
  self_->delayed_send(self_, delay, redis_connect{});
}

void redis_subscriber_state::take(redis_payload& payload) {
  retries_.succeeded();
  auto what = decode_publication(payload.text);
  if (!what) {
    home_->counters.failed_broadcasts.add();
    note_refusal(*home_, refusal_reason::publication_malformed, "redis", what.error().detail);
    return;
  }
  // Messages already read are accepted even over the bound: they are no more than one read of the socket.
  publish(*home_, std::move(*what), scope::here);
  if (home_->here.gate.full())
    wait_for_room();
}

void redis_subscriber_state::wait_for_room() {
  link_->pause();
  home_->here.gate.when_open(this,
                             [owner = redis_subscriber_actor{self_}] { caf::anon_send(owner, ingress_reopened{}); });
}

redis_subscriber_actor spawn_redis_subscriber(lane_home& home, std::shared_ptr<redis_link> link) {
  return spawn_on<redis_subscriber_actor, redis_subscriber_state>(home.here.system, home.runs_on, home,
                                                                  std::move(link));
}

}  // namespace ability
