/// One connection to a Redis server, from the dial to its end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_dialer.hpp"
#include "net/redis/redis_socket.hpp"
#include "net/redis/redis_value_reader.hpp"
#include "protocol/redis/redis_text_filter.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

/// Reaches a server, logs in, sends commands in the order given and hands out the replies. All functions are called on
/// the thread of `io`, and so are the callbacks: none from within `start`, `send` or `end`, and none after `end`.
/// Pending handlers share the object, so it may outlive its owner, but then it has ended.
class redis_wire final : public std::enable_shared_from_this<redis_wire> {
public:
  /// A command that is sent before the connection is ready.
  struct step {
    std::string_view name;  ///< of the command, for errors
    std::string command;
    std::function<std::string(const redis_value& answer)> check;  ///< the reason to give up; empty: go on
  };

  struct callbacks {
    std::function<void()> ready;                  ///< all steps are done
    std::function<void(redis_value& reply)> got;  ///< a reply, after `ready`
    /// The connection failed or broke; the last call. The reason begins with the server's address and holds no secret.
    std::function<void(const std::string& why)> lost;
  };

  redis_wire(boost::asio::io_context& io, std::shared_ptr<const redis_endpoint> where, callbacks owner);

  /// Call once. `steps` come behind the login. All must be done within `patience`.
  void start(std::chrono::milliseconds patience, std::vector<step> steps = {});

  /// Queues bytes of whole commands. What is sent in one turn of the event loop leaves in one piece. REQUIRES `ready`.
  void send(std::string_view commands);

  /// Bytes that were not handed to the system yet.
  std::size_t unsent() const noexcept { return next_.size() + outgoing_.size(); }

  /// Ends the connection with a reason for the owner.
  void fail(std::string_view cause);

  /// Releases all resources but memory. The owner is called no more.
  void end();

private:
  void log_in(std::shared_ptr<redis_socket> socket);
  void flush();
  void await_bytes();
  void read();
  void take_in(std::string_view bytes);
  void take(redis_value& reply);

  boost::asio::io_context& io_;
  const std::shared_ptr<const redis_endpoint> where_;
  callbacks owner_;
  redis_dialer dialer_;
  std::shared_ptr<redis_socket> socket_;
  boost::asio::steady_timer patience_;
  std::vector<step> steps_;
  std::size_t steps_done_ = 0;
  redis_text_filter texts_;
  redis_value_reader replies_;
  std::size_t reply_bytes_ = 0;  // of the reply that is incomplete
  std::string next_;             // to be sent
  std::string outgoing_;         // being sent
  bool flush_pending_ = false;
  bool ready_ = false;
  bool ended_ = false;
};

/// Longest text of a reply that is read, in bytes; a longer one breaks the connection, or is taken as nil if the
/// endpoint says so. Publications of other nodes have
/// the same bound, if their daemons have the same `--max-broadcast-size`.
std::size_t longest_redis_text(const redis_endpoint& where) noexcept;

}  // namespace ability
