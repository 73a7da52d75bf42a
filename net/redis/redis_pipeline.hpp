/// Commands to a Redis server, many under way at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/runtime/random_source.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_kept_wire.hpp"
#include "net/redis/redis_server_info.hpp"
#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

/// Keeps a connection to a server that takes writes, for ever, and sends commands over it in the order given. In a
/// Redis Cluster the server is that of `redis_endpoint::key`; `redis_servers` has commands for many keys. All functions
/// are called on the thread of `io`, and so are the callbacks. Destroying is like closing.
class redis_pipeline {
public:
  /// The reply, which may be an error of the server; or the reason why none came.
  using answered = std::function<void(redis_result<redis_value>)>;

  struct callbacks {
    std::function<void()> up;                          ///< commands are taken from now on
    std::function<void(const std::string& why)> down;  ///< no longer; or an attempt to connect has failed
  };

  redis_pipeline(boost::asio::io_context& io, redis_endpoint where, redis_pipeline_settings bounds,
                 redis_counters& counters, random_source& random, callbacks owner);
  redis_pipeline(const redis_pipeline&) = delete;
  redis_pipeline& operator=(const redis_pipeline&) = delete;
  ~redis_pipeline();

  /// Connects, and again after each loss. Each connection begins with `preparations`, whose errors are ignored.
  void open(std::vector<std::string> preparations = {});

  /// Sends a command. `done` is called once: later with the reply, or at once with `away`. A command without an answer
  /// within `answer_timeout` breaks the connection, as replies come in order; it and those behind it get `no_answer`.
  /// REQUIRES `!refuses()` for commands that publishers can make many; one request of each may exceed the bound.
  void send(const std::string& command, answered done);

  /// The reason for which no more commands should be sent: `away` or `full`.
  std::optional<redis_failure> refuses() const noexcept;

  bool is_up() const noexcept { return wire_.is_up(); }

  bool is_idle() const noexcept { return under_way_.empty(); }

  /// The server; valid while `is_up()`.
  const redis_server_info& server() const noexcept { return server_; }

  /// Gives up the connection, as it leads to the wrong server, and dials again.
  void reconnect(std::string_view why) { wire_.fail(why); }

  /// Ends the connection. Commands under way get `no_answer`.
  void close();

private:
  struct command_under_way {
    answered done;
    std::size_t bytes;
    std::chrono::steady_clock::time_point due;
  };

  std::vector<redis_wire::step> steps();
  void take(redis_value& reply);
  void give_up_commands();
  void await_answer();
  void count();

  const redis_pipeline_settings bounds_;
  const bool has_key_;  // the server is that of a key, and another one once it has moved
  redis_counters& counters_;
  callbacks owner_;
  std::vector<std::string> preparations_;
  redis_kept_wire wire_;
  redis_server_info server_;
  std::deque<command_under_way> under_way_;
  std::size_t bytes_ = 0;             // of the commands under way
  std::size_t counted_commands_ = 0;  // in the lane's counters, which pipelines share
  std::size_t counted_bytes_ = 0;
  boost::asio::steady_timer answer_;  // of the oldest command
  bool answer_awaited_ = false;
  std::shared_ptr<void> alive_ = std::make_shared<int>();  // timers that have ended may still have queued handlers
};

}  // namespace ability
