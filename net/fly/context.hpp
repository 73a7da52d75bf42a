/// What can be done with a connection: send messages, call, ping, close.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/fly/completion.hpp"
#include "net/fly/peer/peer.hpp"

namespace ability::fly {

/// A completion token: callback, boost::asio::use_future, boost::asio::use_awaitable, ...
template <class T>
concept token = !std::convertible_to<T, std::chrono::milliseconds>;

/// The functions of a context, and of a client. Any thread may call them.
///
/// `call` and `ping` have two forms. Without a token they wait, and return an `outcome`; on the event loop's thread
/// they fail with `would_block`, as that would wait for itself. With a token of Asio's they return at once what the
/// token makes of `void(outcome<...>)`; the handler runs on its associated executor, on the event loop's thread if it
/// has none, and cancellation (terminal or partial) ends the call with `cancelled`.
///
/// Errors of all: `closed` (not connected, or no more), `too_long` (the message does not fit in a packet; nothing was
/// sent), `too_many` (over `max_queued` bytes wait to leave; try again later), `bad_payload` and `not_protobuf` (see
/// `encode_message`).
template <class Derived>
class caller {
public:
  /// Sends a message that nobody replies to; failures of its handler are dropped. Never waits.
  template <encodable Message>
  outcome<void> send_message(std::uint16_t command, const Message& message) const {
    const auto over = connection();
    auto bytes = encode_message(over->how(), message);
    if (!bytes)
      return bytes.error();
    return over->send(command, std::move(*bytes));
  }

  /// Sends a message and reads the reply to it as `Reply`; with `void` any reply will do. A handler that returns
  /// nothing replies only if both sides said so in their Helos (option `ack`, on by default).
  ///
  /// Further errors: `timeout`; what the other side failed with; `bad_payload` (the reply is no `Reply`).
  template <readable Reply, encodable Message>
  outcome<Reply> call(std::uint16_t command, const Message& message,
                      std::optional<std::chrono::milliseconds> timeout = {}) const {
    const auto over = connection();
    const auto time = timeout.value_or(over->shared().options.call_timeout);
    return wait_for<Reply>(over, read_reply<Reply>, calling(*over, command, message, time), time);
  }
  template <readable Reply, encodable Message, token Token>
  auto call(std::uint16_t command, const Message& message, std::chrono::milliseconds timeout, Token&& token) const {
    return call_over<Reply>(connection(), command, message, timeout, std::forward<Token>(token));
  }
  template <readable Reply, encodable Message, token Token>
  auto call(std::uint16_t command, const Message& message, Token&& token) const {
    auto over = connection();
    const auto timeout = over->shared().options.call_timeout;
    return call_over<Reply>(std::move(over), command, message, timeout, std::forward<Token>(token));
  }

  /// Sends `length` bytes and waits for them to come back; tells how long that took. Further errors: `timeout`.
  outcome<std::chrono::nanoseconds> ping(std::size_t length, std::chrono::milliseconds timeout) const {
    return wait_for<std::chrono::nanoseconds>(connection(), since(peer::clock::now()), pinging(length, timeout),
                                              timeout);
  }
  template <token Token>
  auto ping(std::size_t length, std::chrono::milliseconds timeout, Token&& token) const {
    return initiate<std::chrono::nanoseconds>(connection(), since(peer::clock::now()), pinging(length, timeout),
                                              std::forward<Token>(token));
  }

  /// Closes the connection, once what was sent has left; calls that are pending fail with `closed`. The other side is
  /// told `why` where its transport can.
  void close(std::string why = {}) const { connection()->close(std::move(why)); }

  /// Whether the connection was open just now.
  bool is_open() const { return connection()->open(); }

  /// Why the connection ended, in words for people: what the other side said in its last packet (a Helo's answer with
  /// an error), else what its transport found. Empty while it is open.
  std::string close_reason() const { return connection()->close_reason(); }

private:
  std::shared_ptr<peer> connection() const { return static_cast<const Derived&>(*this).connection(); }

  template <class Reply, class Message, class Token>
  static auto call_over(std::shared_ptr<peer> over, std::uint16_t command, const Message& message,
                        std::chrono::milliseconds timeout, Token&& token) {
    auto begin = calling(*over, command, message, timeout);
    return initiate<Reply>(std::move(over), read_reply<Reply>, std::move(begin), std::forward<Token>(token));
  }

  template <class Message>
  static auto calling(const peer& over, std::uint16_t command, const Message& message,
                      std::chrono::milliseconds timeout) {
    return [command, bytes = encode_message(over.how(), message), timeout](peer& to, waiter_ptr who) mutable {
      to.call(command, std::move(bytes), timeout, std::move(who));
    };
  }

  static auto pinging(std::size_t length, std::chrono::milliseconds timeout) {
    return [length, timeout](peer& to, waiter_ptr who) { to.ping(length, timeout, std::move(who)); };
  }

  static auto since(peer::time_point begin) {
    return [begin](const outcome<payload>& reply) -> outcome<std::chrono::nanoseconds> {
      if (!reply)
        return reply.error();
      return std::chrono::nanoseconds{peer::clock::now() - begin};
    };
  }
};

/// A connection, as handlers get it. A handle: copies refer to the same one, and may be kept for as long as one likes,
/// on any thread. Once the connection has ended, all fails with `closed`.
class context : public caller<context> {
public:
  explicit context(std::shared_ptr<peer> over) noexcept : peer_{std::move(over)} {}

  /// Who that is, as `admission::authenticate` told; empty without a Helo.
  const std::string& identity() const noexcept { return peer_->identity(); }

  /// A name for this connection that no other has had; empty without a Helo.
  const std::string& session() const noexcept { return peer_->session(); }

  /// Of the other side, for logs: `127.0.0.1:5555`.
  const std::string& address() const noexcept { return peer_->address(); }

  bool operator==(const context& other) const noexcept { return peer_ == other.peer_; }

  /// The library's own.
  const std::shared_ptr<peer>& connection() const noexcept { return peer_; }

private:
  std::shared_ptr<peer> peer_;
};

}  // namespace ability::fly
