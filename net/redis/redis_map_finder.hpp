/// The map of a Redis Cluster: which master has which slots.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_wire.hpp"
#include "protocol/redis/redis_cluster.hpp"

namespace ability {

/// Asks servers in turn until one of them tells. Part of its user; one search at a time.
class redis_map_finder {
public:
  using map = std::vector<redis_slot_range>;
  using callback = std::function<void(map found, const std::string& why)>;

  static constexpr std::chrono::milliseconds patience{1'000};  ///< with each server

  redis_map_finder(boost::asio::io_context& io, std::shared_ptr<const redis_endpoint> where)
      : io_{io}, where_{std::move(where)} {}
  redis_map_finder(const redis_map_finder&) = delete;
  redis_map_finder& operator=(const redis_map_finder&) = delete;
  ~redis_map_finder() { cancel(); }

  /// Calls `done` later, with a map of at least one range, or with an empty one and the reason of the last server.
  /// REQUIRES that `whom` is not empty.
  void find(std::vector<redis_address> whom, callback done);

  bool is_searching() const noexcept { return done_ != nullptr; }

  void cancel();

private:
  void ask();
  void next(const std::string& why);
  void finish(map found, const std::string& why);

  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  std::vector<redis_address> whom_;
  std::size_t turn_ = 0;
  callback done_;
  std::shared_ptr<redis_wire> wire_;
  std::shared_ptr<map> found_;
};

/// The same login and bounds at another server.
redis_endpoint endpoint_at(const redis_endpoint& where, const redis_address& server);

}  // namespace ability
