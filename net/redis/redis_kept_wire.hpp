/// A connection to a Redis server that is made anew whenever it is lost.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/runtime/back_off.hpp"
#include "actors/runtime/random_source.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_locator.hpp"
#include "net/redis/redis_wire.hpp"

namespace ability {

/// Finds the server, connects and logs in, for ever. Part of its user, on the thread of `io`. Counts connections.
class redis_kept_wire {
public:
  static constexpr std::chrono::milliseconds set_up_time{3'000};  ///< from the dial to `up`
  static constexpr std::chrono::milliseconds first_retry{100};
  static constexpr std::chrono::milliseconds last_retry{1'000};

  struct callbacks {
    std::function<std::vector<redis_wire::step>()> steps;  ///< behind the login, of each connection
    std::function<void()> up;                              ///< the steps are done
    std::function<void(redis_value& reply)> got;           ///< a reply, while it is up
    std::function<void(const std::string& why)> down;      ///< no longer up; or an attempt has failed
  };

  redis_kept_wire(boost::asio::io_context& io, redis_endpoint where, redis_counters& counters, random_source& random,
                  callbacks owner);
  redis_kept_wire(const redis_kept_wire&) = delete;
  redis_kept_wire& operator=(const redis_kept_wire&) = delete;
  ~redis_kept_wire() { close(); }

  void open();
  bool is_open() const noexcept { return is_open_; }
  bool is_up() const noexcept { return is_up_; }

  /// See `redis_wire::send`. REQUIRES `is_up()`.
  void send(std::string_view commands) { wire_->send(commands); }

  /// Records that the server has served its purpose: after the next loss it is dialled soon.
  void succeeded() noexcept { retries_.succeeded(); }

  /// Gives up the connection, if there is one, and dials again.
  void fail(std::string_view why);

  /// Ends it. No callback is called any more.
  void close();

private:
  void connect();
  void dial(std::shared_ptr<const redis_endpoint> server);
  void connected();
  void lost(const std::string& why);

  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  redis_counters& counters_;
  random_source& random_;
  callbacks owner_;
  redis_locator locator_;
  std::shared_ptr<redis_wire> wire_;  // null: closed, or waiting for the next attempt
  bool is_up_ = false;
  bool is_open_ = false;
  back_off retries_{first_retry, last_retry};
  boost::asio::steady_timer retry_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();  // timers that have ended may still have queued handlers
};

}  // namespace ability
