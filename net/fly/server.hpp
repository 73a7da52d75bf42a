/// Serves FlyRPC clients.
/// Source: protocols/fly.md "Library".
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "net/fly/handler.hpp"
#include "net/fly/listen.hpp"

namespace ability::fly {

struct server_options : node_options {
  fly::admission admission = {};
  listen_options listen = {};  ///< its `profile` is that of `node_options`
};

/// A server, listening at any number of addresses. Its own functions may be called from any thread, but with an event
/// loop of the user's only on that loop's thread, or before it runs.
///
///     fly::server server;
///     server.on_message(1, [](const point& p) { return point{p.y, p.x}; });
///     if (auto where = server.listen("tcp://127.0.0.1:5555"); !where)
///       return fail(where.error().detail);
///     server.run();
class server {
public:
  /// Throws std::system_error if there is no thread to be had.
  explicit server(server_options options = {});

  /// Closes all connections, waits for handlers that run, and ends all threads. Not to be called by a handler.
  ~server();

  /// Has packets of `command` handled by `f`, in place of what handled them before. See `make_handler` for what `f` may
  /// be. It is called on the workers, several at a time; without workers on the event loop's thread.
  template <class F>
  void on_message(std::uint16_t command, F f) {
    set_handler(command, make_handler(std::move(f)));
  }

  /// Called when a client has said Helo, or anything else first, and when such a client is gone; as handlers are.
  void on_connect(std::function<void(context&)> f);
  void on_close(std::function<void(context&)> f);

  /// Accepts clients at `tcp://127.0.0.1:5555` or the like, see `parse_address`; returns the address with its port.
  /// Errors: `wrong_value`, whose detail says what is wrong with the address, or why one cannot listen there.
  result<address> listen(std::string_view where);

  /// Waits for `stop`. With an event loop of the user's, that is to be run instead.
  void run();

  /// Closes all listeners and connections; has `run` return. May be called by handlers.
  void stop();

  const fly::stats& stats() const noexcept { return engine_->stats; }

private:
  void set_handler(std::uint16_t command, engine::handler f);
  void close_all();

  const std::shared_ptr<engine> engine_;
  listen_options listen_options_;
  std::vector<std::unique_ptr<listener>> listeners_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

}  // namespace ability::fly
