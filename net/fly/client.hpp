/// Connects to a FlyRPC server.
/// Source: protocols/fly.md "Library".
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "net/fly/dial.hpp"
#include "net/fly/node.hpp"

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

private:
  friend class caller<client>;
  struct connecting;

  std::shared_ptr<peer> connection() const;
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
