/// A client of a FlyRPC server.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/fly/node.hpp"
#include "net/fly/transport/dial.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability::fly {

struct client_options : node_options {
  bool helo = true;  ///< say Helo; false: JSON only, as upstream's servers expect
  std::string token = {};
  text_map headers = {};
  std::string role = {};

  /// Ask for positions: messages of streams arrive in order and once, also over UDP, and when the client has connected
  /// and subscribed again it gets what it missed. Needs `helo`.
  bool positions = false;
  dial_options dial = {};  ///< `profile` is replaced by that of `node_options`; `timeout` includes the Helo
};

/// A client of one server.
///
///     fly::client client{"tcp://127.0.0.1:5555"};
///     if (auto connected = client.connect(); !connected)
///       return fail(to_string(connected.error()));
///     auto reply = client.call<point>(1, point{1, 2});
class client final : public node, public caller<client> {
public:
  /// Throws std::system_error if no thread can be started.
  explicit client(std::string_view where, client_options options = {});

  /// Closes the connection, waits for running handlers, and ends all threads. Must not be called by a handler or by a
  /// completion of a call.
  ~client();

  /// Connects, and says Helo. Closes an existing connection first; a pending attempt ends with `cancelled`. Has two
  /// forms, see `caller`.
  ///
  /// Errors: `closed` (no connection; the text has the address, the reason and a remedy), `timeout`, `bad_payload` (the
  /// server's answer cannot be read), or the error with which the server refused the Helo.
  outcome<void> connect();
  template <token Token>
  auto connect(Token&& token) {
    return initiate<void>(
        nobody_, read_reply<void>, [this](peer&, waiter_ptr who) { start_connect(std::move(who)); },
        std::forward<Token>(token));
  }

  /// Subscribes to a stream of a router, such as abilityd: `stream` is its name, a signed name, or an Action Cable
  /// identifier. Its messages arrive as `alias`, a number of the client's choice. Has two forms, see `caller`.
  ///
  /// With `client_options::positions`: begins at `from`, or after another `connect` behind the last message; calls
  /// `on_missed` if it cannot.
  ///
  /// Further errors: `timeout`; `forbidden`, with the router's reason, or if `from` needs positions that are not there.
  outcome<void> subscribe(std::uint16_t alias, std::string stream, stream_start from = {});
  template <token Token>
  auto subscribe(std::uint16_t alias, std::string stream, Token&& token) {
    return subscribe(alias, std::move(stream), {}, std::forward<Token>(token));
  }
  template <token Token>
  auto subscribe(std::uint16_t alias, std::string stream, stream_start from, Token&& token) {
    return initiate<void>(connection(), read_reply<void>, subscribing(alias, std::move(stream), std::move(from)),
                          std::forward<Token>(token));
  }

  /// Ends a subscription. Never waits.
  outcome<void> unsubscribe(std::uint16_t alias) { return connection()->unsubscribe(alias); }

  /// Publishes to a subscribed stream, if the router lets clients publish; `data` is any UTF-8 text. Never waits.
  outcome<void> publish(std::uint16_t alias, std::string data) { return connection()->publish(alias, std::move(data)); }

  /// Sets the callback for messages of subscribed streams, in order; `data` is valid during the call. Runs on the event
  /// loop's thread and must not block.
  void on_stream(std::function<void(std::uint16_t alias, std::string_view data)> f);

  /// The same with the position of each message; none: it is not in a log, or the connection has no positions.
  void on_positioned(
      std::function<void(std::uint16_t alias, std::string_view data, const std::optional<stream_position>& at)> f);

  /// Sets the callback for messages that could not be published or delivered; `why` is the router's. As `on_stream`.
  void on_reject(std::function<void(std::uint16_t alias, std::string_view why)> f);

  /// Sets the callback for messages of a subscription that are lost for good: the router keeps them no longer. Called
  /// with `client_options::positions`. As `on_stream`.
  void on_missed(std::function<void(std::uint16_t alias)> f);

private:
  friend class caller<client>;
  struct connecting;

  std::shared_ptr<peer> connection() const;
  std::function<void(peer&, waiter_ptr)> subscribing(std::uint16_t alias, std::string stream, stream_start from) const;
  void use(std::shared_ptr<peer> now);
  void start_connect(waiter_ptr who);
  void dial(waiter_ptr who);
  void dialed(dial_result result);

  const std::shared_ptr<peer> nobody_;  // stands for the missing connection
  const result<address> where_;
  client_options options_;
  std::unique_ptr<dialing> dialing_;
  waiter_ptr dials_for_;
  peer::time_point deadline_;
  std::weak_ptr<peer> greeting_;  // the connection whose Helo is not answered yet
  mutable std::mutex mutex_;
  std::shared_ptr<peer> peer_;
};

}  // namespace ability::fly
