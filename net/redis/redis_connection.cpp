#include "net/redis/redis_connection.hpp"

#include <utility>

#include "net/redis/redis_session.hpp"

namespace ability {

redis_connection::redis_connection(boost::asio::io_context& io, redis_endpoint where, redis_patience patience)
    : io_{io}, where_{std::make_shared<const redis_endpoint>(std::move(where))}, patience_{patience} {}

redis_connection::~redis_connection() { close(); }

void redis_connection::connect(redis_subscriber_actor owner) {
  if (session_ != nullptr)
    session_->end();
  session_ = std::make_shared<redis_session>(io_, where_, patience_, paused_, std::move(owner));
  session_->start();
}

void redis_connection::pause() {
  paused_ = true;
  if (session_ != nullptr)
    session_->pause();
}

void redis_connection::resume() {
  paused_ = false;
  if (session_ != nullptr)
    session_->resume();
}

void redis_connection::close() {
  paused_ = false;
  if (session_ != nullptr)
    std::exchange(session_, nullptr)->end();
}

}  // namespace ability
