/// A subscription to Redis as its actor sees it.
#pragma once

#include <cstddef>

#include "actors/ingress/redis_subscriber.hpp"

namespace ability {

/// Keeps the promises of `redis_link`; the test plays the socket and sends the events to `owner`.
class fake_redis_link final : public redis_link {
public:
  std::size_t connects = 0;
  std::size_t closes = 0;
  bool paused = false;
  redis_subscriber_actor owner;  ///< of the latest `connect`, null once closed

  void connect(redis_subscriber_actor whom) override {
    ++connects;
    owner = std::move(whom);
  }
  void pause() override { paused = true; }
  void resume() override { paused = false; }
  void close() override {
    ++closes;
    paused = false;
    owner = nullptr;
  }
};

}  // namespace ability
