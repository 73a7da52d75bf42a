/// What servers and clients have in common: handlers, threads, and how they stop.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "net/fly/handler.hpp"
#include "net/fly/transport/listen.hpp"

namespace ability::fly {

/// Its functions may be called from any thread, but with an event loop of the user's only on that loop's thread, or
/// before it runs.
class node {
public:
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Has packets of `command` handled by `f`, in place of what handled them before. See `make_handler` for what `f` may
  /// be. It is called on the workers, several at a time; without workers on the event loop's thread.
  template <class F>
  void on_message(std::uint16_t command, F f) {
    set_handler(command, make_handler(std::move(f)));
  }

  /// Called when a connection is ready: a server's once the client has said Helo, or anything else first. And when such
  /// a connection is gone. They run where handlers do.
  void on_connect(std::function<void(context&)> f);
  void on_close(std::function<void(context&)> f);

  const fly::stats& stats() const noexcept { return engine_->stats; }

protected:
  /// Throws std::system_error if there is no thread to be had.
  node(const node_options& options, fly::admission whom);

  /// Closes all connections, waits for handlers that run, and ends all threads. Not to be called by a handler.
  ~node();

  void set_handler(std::uint16_t command, engine::handler f);

  const std::shared_ptr<engine> engine_;
};

/// A node that listens.
class listening_node : public node {
public:
  /// Waits for `stop`. With an event loop of the user's, that is to be run instead.
  void run();

  /// Closes all listeners and connections; has `run` return. May be called by handlers.
  void stop();

protected:
  listening_node(const node_options& options, fly::admission whom, listen_options listening);
  ~listening_node();

  using opener = std::function<listen_result(const address&, const listen_options&)>;

  /// Has `open` called on the event loop's thread, and keeps what it makes.
  result<address> listen_by(std::string_view where, const opener& open);

  /// For clients, directly.
  result<address> listen_to_clients(std::string_view where);

private:
  listen_options listen_options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

}  // namespace ability::fly
