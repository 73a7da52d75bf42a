/// The connection to Redis: subscribes to the channel of publications.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/ingress/redis_subscriber.hpp"
#include "net/redis/redis_tls.hpp"

namespace ability {

class redis_session;

/// Where to subscribe, and as whom.
struct redis_endpoint {
  std::string host;  ///< a name or an address
  std::uint16_t port;
  std::string user;      ///< empty: Redis' default user
  std::string password;  ///< empty, and no user: do not log in
  int database;          ///< selected unless 0; publications reach all databases
  std::string channel;
  std::size_t max_payload;  ///< bytes of one publication
  std::string path = {};    ///< of a socket file, instead of `host` and `port`
  redis_tls tls = {};       ///< files are read at each connect
};

/// How long to wait for Redis.
struct redis_patience {
  std::chrono::milliseconds set_up{3'000};  ///< from `connect()` to the confirmed subscription, name look-up included
  std::chrono::milliseconds beat{1'000};    ///< a subscription without a byte for one to two beats is sent a PING
  int silent_beats = 5;                     ///< one without a byte for so many, and up to one more, is lost
};

/// A link to Redis over a socket of Asio's; hiredis speaks the protocol (`hiredis_adapter.hpp` says why not its own
/// connections). All functions run on the thread of `io`, and so does the destructor, unless `close()` was called: then
/// any thread may destroy it. Destroying is like closing. Names are looked up by Asio's own resolver thread, which the
/// destructor of `io` waits for.
///
/// What the owner is told, in this order, for each `connect()`: `redis_connected` once subscribed; then `redis_payload`
/// for each publication, in order, or `redis_oversize` for one over `max_payload`; and at the end exactly one
/// `redis_lost`, unless `close()` came first. Its reason is `host:port: cause` or `path: cause`, and never holds the
/// password.
///
/// The owner is held until it was told of the loss, or until `close()`.
class redis_connection final : public redis_link {
public:
  /// A text from Redis of more bytes than this, and than `max_payload`, is skipped while it comes: none of it is held.
  static constexpr std::size_t always_read = std::size_t{64} << 10;

  /// `io` must outlive the link, unless `close()` was called.
  redis_connection(boost::asio::io_context& io, redis_endpoint where, redis_patience patience = {});
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;
  ~redis_connection() override;

  /// Tries each address of the host in turn. Drops the connection there was, without a word.
  void connect(redis_subscriber_actor owner) override;

  /// While paused no publication arrives, save the rest of what was read already: one read, of at most 16 KiB. Holds
  /// for later connections too (they do subscribe), until `resume()` or `close()`. A pause has no time limit here, but
  /// Redis drops a subscriber that it holds too much for (its `client-output-buffer-limit pubsub`).
  void pause() override;
  void resume() override;

  void close() override;

private:
  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  const redis_patience patience_;
  bool paused_ = false;
  std::shared_ptr<redis_session> session_;  // handlers in flight share it
};

}  // namespace ability
