/// Peers over memory, stepped by the test.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fly_memory_transport.hpp"
#include "net/fly/context.hpp"
#include "net/fly/handler.hpp"
#include "net/fly/peer/engine.hpp"
#include "net/fly/peer/peer_core.hpp"

namespace ability::fly {

/// A packet that owns its buffer.
struct kept_packet : packet {
  std::string bytes;
  explicit kept_packet(const packet& what) : packet{what}, bytes{what.buffer} {}
};

/// The other end of a peer, operated by the test.
struct wire {
  memory_transport::pointer over;
  std::vector<kept_packet> got;
  bool closed = false;

  void start() {
    over->start(
        {[this](const packet& what) { got.emplace_back(what); }, [this](const std::string&) { closed = true; }});
  }
  void put(const packet& what) {
    std::string bytes;
    append_packet(bytes, what, over->how);
    over->send(bytes);
  }
  remote_error error(std::size_t i) const {
    return i < got.size() && got[i].has(rpc_option::error) ? decode_error(got[i].bytes) : remote_error{};
  }
};

/// Engines that run on the test's own event loop, handlers too unless `how.workers` says otherwise.
struct peer_fixture {
  boost::asio::io_context io;
  node_options how;
  fly::admission admission;
  std::vector<std::shared_ptr<engine>> engines;

  peer_fixture() {
    how.io = &io;
    how.workers = 0;
  }

  ~peer_fixture() {
    for (const auto& each : engines)
      each->stop();
    io.poll();
  }

  std::shared_ptr<engine> make_engine() { return engines.emplace_back(std::make_shared<engine>(how, admission)); }

  template <class F>
  static void on(const std::shared_ptr<engine>& of, std::uint16_t command, F f) {
    of->handlers[command] = std::make_shared<const engine::handler>(make_handler(std::move(f)));
  }

  /// A peer whose other end is `to`, which is started.
  context against(wire& to, const std::shared_ptr<engine>& of, side which = side::server,
                  std::optional<pending_helo> helo = {}) {
    const auto [ours, theirs] = memory_transport::make(io.get_executor());
    to.over = theirs;
    ours->how = theirs->how = how.profile;
    ours->largest = largest;
    to.start();
    own = ours;
    const auto made = std::make_shared<peer>(of, ours, which);
    made->core().start(std::move(helo));
    return context{made};
  }

  /// A client and a server that have exchanged no Helo.
  std::pair<context, context> connect(const std::shared_ptr<engine>& client, const std::shared_ptr<engine>& server) {
    const auto [a, b] = memory_transport::make(io.get_executor());
    const auto from = std::make_shared<peer>(client, a, side::client);
    const auto to = std::make_shared<peer>(server, b, side::server);
    to->core().start();
    from->core().start();
    return {context{from}, context{to}};
  }

  template <class F>
  bool run_until(F&& reached, std::chrono::milliseconds most = std::chrono::seconds{5}) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!reached() && std::chrono::steady_clock::now() < end) {
      io.restart();
      if (io.run_one_for(std::chrono::milliseconds{1}) == 0)
        std::this_thread::sleep_for(std::chrono::microseconds{100});  // other threads may still post work
    }
    return reached();
  }

  void run_for(std::chrono::milliseconds time) {
    run_until([] { return false; }, time);
  }

  /// Runs all handlers that are ready.
  void settle() {
    io.restart();
    while (io.poll() != 0) {
    }
  }

  memory_transport::pointer own;  ///< the peer's end of the last `against`
  std::size_t largest = fly::max_buffer;
};

/// Keeps the outcome of a call.
template <class T>
struct ending {
  std::shared_ptr<std::optional<outcome<T>>> result = std::make_shared<std::optional<outcome<T>>>();

  void operator()(outcome<T> what) const { *result = std::move(what); }
  bool there() const { return result->has_value(); }
  bool ok() const { return there() && (*result)->has_value(); }
  bool failed(error_code why) const { return there() && (*result)->has_error() && (*result)->error().is(why); }
  const outcome<T>& operator*() const { return **result; }
};

/// A client and its wire, whose other end the test operates.
struct calling_fixture : peer_fixture {
  wire to;
  std::shared_ptr<engine> client;
  std::optional<context> from;

  /// Connects without a Helo.
  context& dial() {
    client = make_engine();
    from = against(to, client, side::client);
    return *from;
  }

  ending<int> call(std::uint16_t command, std::chrono::milliseconds timeout = std::chrono::seconds{10}) {
    ending<int> end;
    from->call<int>(command, 1, timeout, end);
    return end;
  }
};

}  // namespace ability::fly
