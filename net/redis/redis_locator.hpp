/// The server that takes writes: the one that is named, the master that Sentinels name, or that of a key in a Redis
/// Cluster.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_map_finder.hpp"
#include "net/redis/redis_wire.hpp"

namespace ability {

/// Asks Sentinels, or servers of a cluster, in turn, first the one that answered last. Part of its user; one search at
/// a time.
class redis_locator {
public:
  using callback = std::function<void(std::shared_ptr<const redis_endpoint> server, std::string why)>;

  static constexpr std::chrono::milliseconds patience{1'000};  ///< with each Sentinel

  redis_locator(boost::asio::io_context& io, std::shared_ptr<const redis_endpoint> where)
      : io_{io}, where_{std::move(where)}, map_{io, where_} {}
  redis_locator(const redis_locator&) = delete;
  redis_locator& operator=(const redis_locator&) = delete;
  ~redis_locator() { cancel(); }

  /// Calls `done` with the server, or with the reason of the last one that was asked: at once if none is, else later.
  void find(callback done);

  void cancel();

private:
  void find_in_cluster();
  void ask();
  void next(std::string why);

  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  callback done_;
  std::shared_ptr<redis_wire> wire_;  // to a Sentinel
  std::shared_ptr<redis_endpoint> found_;
  redis_map_finder map_;
  std::size_t turn_ = 0;    // index of the one that is asked
  std::size_t failed_ = 0;  // in this search
};

}  // namespace ability
