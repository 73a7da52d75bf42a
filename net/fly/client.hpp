/// Connects to a FlyRPC server.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "net/fly/node.hpp"
#include "net/fly/transport/dial.hpp"

namespace ability::fly {

struct client_options : node_options {
  bool helo = true;  ///< say Helo; without, it is JSON and nothing else, as upstream's servers want it
  std::string token = {};
  text_map headers = {};
  std::string role = {};
  dial_options dial = {};  ///< its `profile` is that of `node_options`; its `timeout` covers the Helo too
};

/// A client of one server.
///
///     fly::client client{"tcp://127.0.0.1:5555"};
///     if (auto connected = client.connect(); !connected)
///       return fail(to_string(connected.error()));
///     auto reply = client.call<point>(1, point{1, 2});
class client final : public node, public caller<client> {
public:
  /// Throws std::system_error if there is no thread to be had.
  explicit client(std::string_view where, client_options options = {});

  /// Closes the connection, waits for handlers that run, and ends all threads. Not to be called by a handler, nor by
  /// what a call completes with.
  ~client();

  /// Connects, and says Helo. A connection that is there is closed first, an attempt that is under way ends with
  /// `cancelled`. In two forms, see `caller`.
  ///
  /// Errors: `closed` (no connection; the text says which address, why, and what may help), `timeout`, `bad_payload`
  /// (the server's answer is none), or what the server refused the Helo with.
  outcome<void> connect();
  template <token Token>
  auto connect(Token&& token) {
    return initiate<void>(
        nobody_, read_reply<void>, [this](peer&, waiter_ptr who) { start_connect(std::move(who)); },
        std::forward<Token>(token));
  }

  /// Follows a stream of a router, like abilityd: `stream` is its name, a signed name, or an Action Cable identifier.
  /// From now on what is published there comes as `alias`, which the client chooses. In two forms, see `caller`.
  ///
  /// Further errors: `timeout`; `forbidden`, with the reason that the router gives.
  outcome<void> subscribe(std::uint16_t alias, std::string stream);
  template <token Token>
  auto subscribe(std::uint16_t alias, std::string stream, Token&& token) {
    return initiate<void>(connection(), read_reply<void>, subscribing(alias, std::move(stream)),
                          std::forward<Token>(token));
  }

  /// Follows it no longer. Never waits.
  outcome<void> unsubscribe(std::uint16_t alias) { return connection()->unsubscribe(alias); }

  /// Publishes to a stream that is followed, where clients may; `data` is UTF-8, JSON or not. Never waits.
  outcome<void> publish(std::uint16_t alias, std::string data) { return connection()->publish(alias, std::move(data)); }

  /// What is published to streams that are followed, in order; the view is valid during the call. On the event loop's
  /// thread: must not block.
  void on_stream(std::function<void(std::uint16_t alias, std::string_view data)> f);

  /// What could not be published, or not be delivered; `why` is the router's. As `on_stream`.
  void on_reject(std::function<void(std::uint16_t alias, std::string_view why)> f);

private:
  friend class caller<client>;
  struct connecting;

  std::shared_ptr<peer> connection() const;
  std::function<void(peer&, waiter_ptr)> subscribing(std::uint16_t alias, std::string stream) const;
  void use(std::shared_ptr<peer> now);
  void start_connect(waiter_ptr who);
  void dial(waiter_ptr who);
  void dialed(dial_result result);

  const std::shared_ptr<peer> nobody_;  // in place of a connection
  const result<address> where_;
  client_options options_;
  std::unique_ptr<dialing> dialing_;
  waiter_ptr dials_for_;
  peer::time_point deadline_;
  std::weak_ptr<peer> greeting_;  // has said Helo
  mutable std::mutex mutex_;
  std::shared_ptr<peer> peer_;
};

}  // namespace ability::fly
