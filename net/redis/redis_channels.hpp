/// Subscriptions to many channels of a Redis server.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/runtime/random_source.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_kept_wire.hpp"

namespace ability {

/// Keeps a connection, for ever, with a subscription to each channel that is asked for: with `SSUBSCRIBE` if the server
/// is one of a Redis Cluster, else with `SUBSCRIBE`. A server that refuses a channel to the login is left. All
/// functions are called on the thread of `io`, and so are the callbacks. Destroying is like closing.
class redis_channels {
public:
  static constexpr std::chrono::milliseconds beat{1'000};  ///< after one to two beats without a byte a PING is sent
  static constexpr int silent_beats = 5;                   ///< beats without a byte until the connection is given up
  static constexpr std::size_t at_a_time = 100;            ///< channels of one `SUBSCRIBE`

  struct callbacks {
    /// Publications to the channel arrive from now on, until `down`. Called again after each reconnect, and for one
    /// that was too long for `redis_endpoint::passes_over_long_texts`.
    std::function<void(const std::string& channel)> subscribed;
    std::function<void(const std::string& channel, std::string& text)> published;
    std::function<void()> up;
    std::function<void(const std::string& why)> down;
    /// A server of a Redis Cluster does not take subscriptions to some of the channels, or not any more. Those that
    /// are not unsubscribed are asked for again within two beats. Without this function the server is that of
    /// `redis_endpoint::key`, which is looked for again.
    std::function<void(const std::string& error)> refused = {};
  };

  redis_channels(boost::asio::io_context& io, redis_endpoint where, redis_counters& counters, random_source& random,
                 callbacks owner);
  redis_channels(const redis_channels&) = delete;
  redis_channels& operator=(const redis_channels&) = delete;
  ~redis_channels() { close(); }

  void open() { wire_.open(); }

  /// Channels that are subscribed in one turn of the event loop share commands.
  void subscribe(const std::string& channel);

  void unsubscribe(const std::string& channel);

  bool is_up() const noexcept { return wire_.is_up(); }

  /// Gives up the connection, as it leads to the wrong server, and dials again.
  void reconnect(std::string_view why) { wire_.fail(why); }

  void close();

private:
  std::string commands_for(bool wanted, const std::vector<std::string>& channels) const;
  std::vector<redis_wire::step> steps();
  void connected();
  void take(redis_value& reply);
  void refuse(const std::string& error);
  void ask_soon(bool wanted, const std::string& channel);
  void ask();
  void ask_again();
  void await_beat();
  void on_beat();

  boost::asio::io_context& io_;
  const bool is_sharded_;
  callbacks owner_;
  redis_kept_wire wire_;
  std::unordered_map<std::string, bool> wanted_;      // true: it is confirmed
  std::vector<std::pair<bool, std::string>> to_ask_;  // subscribe or unsubscribe, in order
  bool ask_pending_ = false;
  bool asks_again_ = false;   // at the next beat, for channels that are not confirmed
  std::string tried_;         // channel that was subscribed before the connection counts as up; empty: none
  bool was_refused_ = false;  // a channel, within this beat: the server is dialled ever less often
  bool heard_ = false;
  int silent_beats_ = 0;
  boost::asio::steady_timer timer_;  // of the next beat
  std::uint64_t alarm_ = 0;          // number of the current alarm; older ones may still have a queued handler
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace ability
