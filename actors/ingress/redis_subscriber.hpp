/// The redis_subscriber actor: keeps the node subscribed to Redis, for ever.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "actors/ingress/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/runtime/back_off.hpp"

namespace ability {

/// The socket of the subscription; `net/` implements it, tests fake it. All functions are called on the lane of the
/// actor; events arrive there as `redis_connected`, `redis_payload`, `redis_oversize` and `redis_lost`.
class redis_link {
public:
  virtual ~redis_link() = default;

  /// Connects, logs in, selects the database and subscribes. Replies with `redis_connected` or `redis_lost` within a
  /// bounded time. May be called again after `redis_lost`.
  virtual void connect(redis_subscriber_actor owner) = 0;

  /// Stops and resumes reading from the socket.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Drops the connection without a message to the owner.
  virtual void close() = 0;
};

/// Reconnects with backoff, publishes the messages, and pauses Redis while the node has too many pending.
class redis_subscriber_state {
public:
  static constexpr const char* name = "ability.redis_subscriber";
  static constexpr std::chrono::milliseconds first_retry{100};
  static constexpr std::chrono::milliseconds last_retry{1'000};  // broadcasts flow within 2 s of Redis' return

  explicit redis_subscriber_state(redis_subscriber_actor::pointer self) : self_{self} {}
  redis_subscriber_state(const redis_subscriber_state&) = delete;
  redis_subscriber_state& operator=(const redis_subscriber_state&) = delete;
  ~redis_subscriber_state();

  void start(lane_home& home, std::shared_ptr<redis_link> link);
  redis_subscriber_actor::behavior_type make_behavior();

private:
  void connected();
  void lost(const redis_lost& why);
  void take(redis_payload& payload);
  void wait_for_room();

  redis_subscriber_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<redis_link> link_;
  back_off retries_{first_retry, last_retry};
  std::string last_reason_;  // an unchanged reason is logged once
};

/// Spawns the actor; it connects at once.
redis_subscriber_actor spawn_redis_subscriber(lane_home& home, std::shared_ptr<redis_link> link);

}  // namespace ability
