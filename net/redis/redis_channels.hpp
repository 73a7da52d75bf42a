/// Subscriptions to many channels of a Redis server.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/runtime/back_off.hpp"
#include "actors/runtime/random_source.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_locator.hpp"
#include "net/redis/redis_wire.hpp"

namespace ability {

/// Keeps a connection, for ever, with a subscription to each channel that is asked for. All functions are called on the
/// thread of `io`, and so are the callbacks. Destroying is like closing.
class redis_channels {
public:
  static constexpr std::chrono::milliseconds set_up_time{3'000};
  static constexpr std::chrono::milliseconds first_retry{100};
  static constexpr std::chrono::milliseconds last_retry{1'000};
  static constexpr std::chrono::milliseconds beat{1'000};  ///< after one to two beats without a byte a PING is sent
  static constexpr int silent_beats = 5;                   ///< beats without a byte until the connection is given up
  static constexpr std::size_t at_a_time = 100;            ///< channels of one command

  struct callbacks {
    /// Publications to the channel arrive from now on, until `down`. Called again after each reconnect.
    std::function<void(const std::string& channel)> subscribed;
    std::function<void(const std::string& channel, std::string& text)> published;
    std::function<void()> up;
    std::function<void(const std::string& why)> down;
  };

  redis_channels(boost::asio::io_context& io, redis_endpoint where, redis_counters& counters, random_source& random,
                 callbacks owner);
  redis_channels(const redis_channels&) = delete;
  redis_channels& operator=(const redis_channels&) = delete;
  ~redis_channels();

  void open();

  /// Channels that are subscribed in one turn of the event loop share commands.
  void subscribe(const std::string& channel);

  void unsubscribe(const std::string& channel);

  bool is_up() const noexcept { return is_up_; }

  /// Gives up the connection, as it leads to the wrong server, and dials again.
  void reconnect(std::string_view why);

  void close();

private:
  void connect();
  void dial(std::shared_ptr<const redis_endpoint> server);
  void connected();
  void lost(const std::string& why);
  void take(redis_value& reply);
  void ask_soon(bool wanted, const std::string& channel);
  void ask();
  void await_beat();
  void on_beat();

  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  redis_counters& counters_;
  random_source& random_;
  callbacks owner_;
  redis_locator locator_;
  std::shared_ptr<redis_wire> wire_;  // null: closed, or waiting for the next attempt
  std::unordered_set<std::string> wanted_;
  std::vector<std::pair<bool, std::string>> to_ask_;  // subscribe or unsubscribe, in order
  bool ask_pending_ = false;
  bool is_up_ = false;
  bool is_open_ = false;
  bool heard_ = false;
  int silent_beats_ = 0;
  back_off retries_{first_retry, last_retry};
  boost::asio::steady_timer timer_;  // of the next attempt, or of the next beat
  std::uint64_t alarm_ = 0;          // number of the current alarm; older ones may still have a queued handler
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace ability
