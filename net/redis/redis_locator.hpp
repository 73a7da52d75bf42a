/// The server that takes writes: the one that is named, or the master that Sentinels name.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_wire.hpp"

namespace ability {

/// Asks Sentinels in turn, first the one that answered last. Part of its user; one search at a time.
class redis_locator {
public:
  using callback = std::function<void(std::shared_ptr<const redis_endpoint> server, std::string why)>;

  static constexpr std::chrono::milliseconds patience{1'000};  ///< with each Sentinel

  redis_locator(boost::asio::io_context& io, std::shared_ptr<const redis_endpoint> where)
      : io_{io}, where_{std::move(where)} {}
  redis_locator(const redis_locator&) = delete;
  redis_locator& operator=(const redis_locator&) = delete;
  ~redis_locator() { cancel(); }

  /// Calls `done` with the server, or with the reason of the last Sentinel: at once without Sentinels, else later.
  void find(callback done);

  void cancel();

private:
  void ask();
  void next(std::string why);

  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  callback done_;
  std::shared_ptr<redis_wire> wire_;  // to a Sentinel
  std::shared_ptr<redis_endpoint> found_;
  std::size_t turn_ = 0;    // index of the Sentinel that is asked
  std::size_t failed_ = 0;  // in this search
};

}  // namespace ability
