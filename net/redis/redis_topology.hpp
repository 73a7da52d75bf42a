/// The servers that have the keys: one, or the masters of a Redis Cluster.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/runtime/back_off.hpp"
#include "actors/runtime/random_source.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_channels.hpp"
#include "net/redis/redis_map_finder.hpp"
#include "net/redis/redis_pipeline.hpp"
#include "protocol/redis/redis_cluster.hpp"

namespace ability {

/// Keeps two connections to each server, one for commands and one for channels, and the map of slots up to date. On the
/// thread of `io`, and so are the callbacks. One server, or that of Sentinels, has the slot 0 alone.
class redis_topology {
public:
  static constexpr std::size_t max_servers = 1'000;               ///< the most that Redis itself is made for
  static constexpr std::chrono::milliseconds first_search{100};   ///< longest pause before a search for the map
  static constexpr std::chrono::milliseconds last_search{2'000};  ///< the same while some server stays away

  struct server {
    redis_address at;
    bool has_slots = false;
    std::unique_ptr<redis_pipeline> commands = {};
    std::unique_ptr<redis_channels> channels = {};
  };

  struct callbacks {
    std::function<void(server& which)> reached;  ///< its commands are taken from now on
    std::function<void()> mapped;                ///< slots may have other servers
    /// `is_up()` may have changed. `why`: something was lost, or not found; else empty.
    std::function<void(const std::string& why)> changed;
    std::function<void(const std::string& channel)> subscribed;  ///< see `redis_channels`
    std::function<void(const std::string& channel, std::string& text)> published;
    /// A subscription is refused for a reason that `needs_mending`. It is asked for again.
    std::function<void(const redis_error& why)> refused;
  };

  redis_topology(boost::asio::io_context& io, redis_endpoint where, redis_pipeline_settings bounds,
                 redis_counters& counters, random_source& random, callbacks owner);
  redis_topology(const redis_topology&) = delete;
  redis_topology& operator=(const redis_topology&) = delete;
  ~redis_topology() { close(); }

  /// Connects. Each connection for commands begins with `preparations`, see `redis_pipeline`.
  void open(std::vector<std::string> preparations);

  bool is_cluster() const noexcept { return !where_->cluster.empty(); }
  std::size_t slots() const noexcept { return of_slot_.size(); }
  std::uint16_t slot_of(std::string_view key) const noexcept { return is_cluster() ? redis_slot_of(key) : 0; }

  /// The server of the slot; null: none is known.
  server* at(std::uint16_t slot) const noexcept { return of_slot_[slot]; }

  /// True if each slot has a server, and both connections to all of these are there.
  bool is_up() const noexcept;

  /// True if commands for some of the slots are taken.
  bool takes_some() const noexcept;

  /// The server at this address, which is made known if it is not. Null: there are too many.
  server* reach(const redis_address& at);

  /// The slot has another server from now on.
  void move(std::uint16_t slot, server& to);

  /// Has the map read soon, if `first` is given then from that server.
  void search_soon(std::optional<redis_address> first = {});

  /// Ends all connections. Commands under way are answered.
  void close();

private:
  server& add(const redis_address& at);
  void take_refusal(const server& from, const std::string& error);
  void search();
  std::vector<redis_address> whom_to_ask();
  void take_map(const redis_map_finder::map& found, const std::string& why);
  void retire();

  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  const redis_pipeline_settings bounds_;
  redis_counters& counters_;
  random_source& random_;
  callbacks owner_;
  std::vector<std::string> preparations_;
  std::vector<std::unique_ptr<server>> servers_;
  std::vector<server*> of_slot_;
  redis_map_finder finder_;
  std::optional<redis_address> first_to_ask_;
  std::size_t turn_ = 0;  // of the servers that are asked
  bool searches_again_ = false;
  bool search_pending_ = false;
  back_off searches_{first_search, last_search};
  boost::asio::steady_timer search_;
  bool is_open_ = false;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace ability
