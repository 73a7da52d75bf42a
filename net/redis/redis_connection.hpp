/// The connection to Redis, subscribed to the channel of publications.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/ingress/redis_subscriber.hpp"
#include "config/settings/redis_settings.hpp"

namespace ability {

class redis_session;

/// Timeouts for Redis.
struct redis_patience {
  std::chrono::milliseconds set_up{3'000};  ///< from `connect()` to the confirmed subscription, with name look-up
  std::chrono::milliseconds beat{1'000};    ///< after one to two beats without a byte a PING is sent
  int silent_beats = 5;                     ///< beats without a byte (up to one more) until the subscription is lost
};

/// A link to Redis over an Asio socket; hiredis only parses (`redis_value_reader.hpp` explains why). Call all
/// functions and the destructor on the thread of `io`; after `close()` any thread may destroy it. Destroying is like
/// closing. Asio's resolver thread looks names up; the destructor of `io` waits for it.
///
/// The owner gets, in this order, for each `connect()`: `redis_connected` once subscribed; `redis_payload` for each
/// publication, in order, or `redis_oversize` for one over `max_payload`; at the end exactly one `redis_lost`, unless
/// `close()` was called before. Its reason is `host:port: cause` or `path: cause`, and never contains the password.
///
/// The owner is held until it was told of the loss, or until `close()`.
class redis_connection final : public redis_link {
public:
  /// A text from Redis of more bytes than both this and `max_payload` is skipped as it arrives, without buffering.
  static constexpr std::size_t always_read = std::size_t{64} << 10;

  /// `io` must outlive the link, unless `close()` was called.
  redis_connection(boost::asio::io_context& io, redis_endpoint where, redis_patience patience = {});
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;
  ~redis_connection() override;

  /// Tries each address of the host in turn. Drops an existing connection without telling the owner.
  void connect(redis_subscriber_actor owner) override;

  /// Stops publications, except the rest of one read of at most 16 KiB. Also holds for later connections, which do
  /// subscribe, until `resume()` or `close()`. A pause has no time limit here, but Redis drops a subscriber over its
  /// `client-output-buffer-limit pubsub`.
  void pause() override;
  void resume() override;

  void close() override;

private:
  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  const redis_patience patience_;
  bool paused_ = false;
  std::shared_ptr<redis_session> session_;  // shared with pending handlers
};

}  // namespace ability
