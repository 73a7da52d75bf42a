/// Common base of servers and clients: handlers, threads, and stopping.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "net/fly/handler.hpp"
#include "net/fly/options.hpp"
#include "net/fly/transport/listen.hpp"

namespace ability::fly {

struct engine;

/// Thread-safe with an event loop of its own. With the user's event loop, call its functions only on the loop's thread
/// or before it runs.
class node {
public:
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Sets `f` as the handler of packets of `command`, replacing an earlier one. See `make_handler` for the kinds of
  /// `f`. Runs on the workers, several at a time; without workers on the event loop's thread.
  template <class F>
  void on_message(std::uint16_t command, F f) {
    set_handler(command, make_handler(std::move(f)));
  }

  /// Set the callbacks for connections that are ready (a server's: after the client's Helo or first other packet) and
  /// for ready connections that have closed. They run where handlers run.
  void on_connect(std::function<void(context&)> f);
  void on_close(std::function<void(context&)> f);

  const fly::stats& stats() const noexcept;

protected:
  /// Throws std::system_error if no thread can be started.
  node(const node_options& options, fly::admission whom);

  /// Closes all connections, waits for running handlers, and ends all threads. Must not be called by a handler.
  ~node();

  void set_handler(std::uint16_t command, packet_handler f);

  const std::shared_ptr<engine> engine_;
};

/// A node with listeners.
class listening_node : public node {
public:
  /// Waits for `stop`. With the user's event loop, run that loop instead.
  void run();

  /// Closes all listeners and connections, and makes `run` return. Handlers may call it.
  void stop();

protected:
  listening_node(const node_options& options, fly::admission whom, listen_options listening);
  ~listening_node();

  using opener = std::function<listen_result(const address&, const listen_options&)>;

  /// Calls `open` on the event loop's thread and keeps the listener it creates.
  result<address> listen_by(std::string_view where, const opener& open);

  /// Accepts direct clients, without a gateway.
  result<address> listen_to_clients(std::string_view where);

private:
  listen_options listen_options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

}  // namespace ability::fly
