/// One `connect()` of the link to Redis, until its end.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/redis/redis_connection.hpp"
#include "net/redis/redis_dialer.hpp"
#include "net/redis/redis_socket.hpp"
#include "net/redis/redis_value_reader.hpp"
#include "protocol/redis/redis_text_filter.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

/// Resolves, connects, logs in, subscribes, forwards publications and reports the loss, as `redis_connection` promises
/// for one `connect()`. Pending handlers share it, so it may outlive the link, but then it has ended.
class redis_session final : public std::enable_shared_from_this<redis_session> {
public:
  redis_session(boost::asio::io_context& io, std::shared_ptr<const redis_endpoint> where,
                const redis_patience& patience, bool paused, redis_subscriber_actor owner)
      : where_{std::move(where)},
        patience_{patience},
        owner_{std::move(owner)},
        dialer_{io},
        timer_{io},
        deadline_{std::chrono::steady_clock::now() + patience.set_up},
        texts_{std::max(where_->max_payload, redis_connection::always_read)},
        paused_{paused} {
    replies_.emplace();
  }

  /// Call once.
  void start();

  void pause() { paused_ = true; }
  void resume();

  /// Releases all resources but memory. The owner gets no message from then on.
  void end();

private:
  void fail(std::string_view cause);
  void after(std::chrono::steady_clock::duration delay, void (redis_session::*then)());
  std::chrono::steady_clock::duration time_left() const { return deadline_ - std::chrono::steady_clock::now(); }

  void log_in();
  void set_up_late();
  void write(std::string bytes);
  void await_bytes();
  void read();
  void take_in(std::string_view bytes);
  void take(redis_value& reply);
  void take_oversize(std::uint64_t size);
  void take_answer(const redis_value& reply);
  void take_publication(redis_value& reply);
  void beat();

  const std::shared_ptr<const redis_endpoint> where_;
  const redis_patience patience_;
  redis_subscriber_actor owner_;
  redis_dialer dialer_;
  std::shared_ptr<redis_socket> socket_;
  boost::asio::steady_timer timer_;
  std::uint64_t alarm_ = 0;  // number of the current alarm; older ones may still have a queued handler
  const std::chrono::steady_clock::time_point deadline_;
  std::vector<std::string_view> pending_;  // commands without an answer yet, last first
  redis_text_filter texts_;
  std::optional<redis_value_reader> replies_;  // replaced after each skipped text
  std::size_t reply_bytes_ = 0;                // of the reply that is incomplete
  std::string outgoing_;
  bool subscribed_ = false;
  bool writing_ = false;
  bool waiting_ = false;  // for bytes
  bool paused_;
  bool ended_ = false;
  bool heard_ = false;  // bytes were received since the last beat
  int silent_beats_ = 0;
};

}  // namespace ability
