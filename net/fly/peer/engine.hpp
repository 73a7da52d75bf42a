/// State shared by all connections of one client or server.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "net/fly/peer/event_loop.hpp"
#include "net/fly/peer/options.hpp"
#include "net/fly/peer/waiter.hpp"
#include "net/fly/peer/worker_pool.hpp"
#include "protocol/fly/stream_follower.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability::fly {

class invocation;
class peer;

/// A stream that a client follows, with the positions that it has reached.
struct followed_stream {
  std::string name;
  stream_follower progress = {};
  std::optional<std::int64_t> since = {};  ///< Unix time in seconds that is asked for, until the first Confirm
  std::uint8_t sequence = 0;               ///< of the latest Subscribe
};

/// Set up before the first connection, or on the event loop's thread. Lives as long as the last context, but is
/// inactive after `stop`.
struct engine {
  engine(const node_options& how, fly::admission whom);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine() = default;

  using handler = std::function<void(invocation&)>;
  using hook = std::function<void(const std::shared_ptr<peer>&)>;
  using command_table = std::unordered_map<std::uint16_t, std::shared_ptr<const handler>>;

  const node_options options;
  const fly::admission admission;
  fly::stats stats;
  event_loop loop;
  std::unique_ptr<worker_pool> workers;  ///< null: handlers run on the event loop's thread
  command_table handlers;
  command_table link_handlers;  ///< for peers of side `link`
  hook on_connect;              ///< runs where handlers run
  hook on_close;
  std::function<void(std::uint16_t alias, std::string_view data, const std::optional<stream_position>& at)> on_stream;
  std::function<void(std::uint16_t alias, std::string_view why)> on_reject;
  std::function<void(std::uint16_t alias)> on_missed;
  std::map<std::uint16_t, followed_stream> follows;  ///< by alias, over all connections; with positions only
  std::unordered_set<std::shared_ptr<peer>> peers;   ///< the open ones
  std::vector<std::function<void()>> closers;        ///< close listeners and dial attempts

  void log(std::string_view line) const {
    if (options.log)
      options.log(line);
  }

  /// Loop thread. Runs `what`, unless it is empty, where handlers run: now, or with workers soon on `where`.
  void run(const hook& what, std::shared_ptr<peer> from, const boost::asio::any_io_executor& where);

  /// Loop thread. Runs `what`: now, or with workers soon. By value, as it may be replaced while it runs.
  void run(std::shared_ptr<const handler> what, invocation in);

  /// Loop thread. Fails a call outside the function that began it.
  void fail_later(waiter_ptr who, remote_error why);

  /// Loop thread. Ends all connections and listeners.
  void close_all(std::string_view why);

  /// Thread rules of `event_loop::run` and `shut_down`. Ends all connections and threads; waits for running handlers.
  void stop();
};

}  // namespace ability::fly
