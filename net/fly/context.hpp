/// Operations on a connection: send messages, call, ping, close.
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

/// Functions of a context and of a client. Thread-safe.
///
/// `call` and `ping` have two forms. Without a token they wait and return an `outcome`; on the event loop's thread they
/// fail with `would_block`, as they would wait for themselves. With an Asio token they return immediately with the
/// token's result for `void(outcome<...>)`. The handler runs on its associated executor, by default on the event loop's
/// thread. Terminal and partial cancellation end the call with `cancelled`.
///
/// Errors of all: `closed` (not connected, or no longer), `too_long` (the message does not fit in a packet; nothing was
/// sent), `too_many` (more than `max_queued` bytes wait to be sent; try again later), `bad_payload` and `not_protobuf`
/// (see `encode_message`).
template <class Derived>
class caller {
public:
  /// Sends a message without a reply; errors of its handler are dropped. Never waits.
  template <encodable Message>
  outcome<void> send_message(std::uint16_t command, const Message& message) const {
    const auto over = connection();
    auto bytes = encode_message(over->how(), message);
    if (!bytes)
      return bytes.error();
    return over->send(command, std::move(*bytes));
  }

  /// Sends a message and reads its reply as `Reply`; `void` accepts any reply. A handler that returns nothing replies
  /// only if both sides enabled `ack` in their Helos (option `ack`, on by default).
  ///
  /// Further errors: `timeout`; the error of the other side's handler; `bad_payload` (the reply is not a `Reply`).
  template <readable Reply, encodable Message>
  outcome<Reply> call(std::uint16_t command, const Message& message,
                      std::optional<std::chrono::milliseconds> timeout = {}) const {
    const auto over = connection();
    const auto time = timeout.value_or(over->call_timeout());
    return wait_for<Reply>(over, read_reply<Reply>, calling(*over, command, message, time), time);
  }
  template <readable Reply, encodable Message, token Token>
  auto call(std::uint16_t command, const Message& message, std::chrono::milliseconds timeout, Token&& token) const {
    return call_over<Reply>(connection(), command, message, timeout, std::forward<Token>(token));
  }
  template <readable Reply, encodable Message, token Token>
  auto call(std::uint16_t command, const Message& message, Token&& token) const {
    auto over = connection();
    const auto timeout = over->call_timeout();
    return call_over<Reply>(std::move(over), command, message, timeout, std::forward<Token>(token));
  }

  /// Sends `length` bytes, waits until they come back, and returns the round-trip time. Further errors: `timeout`.
  outcome<std::chrono::nanoseconds> ping(std::size_t length, std::chrono::milliseconds timeout) const {
    return wait_for<std::chrono::nanoseconds>(connection(), since(peer::clock::now()), pinging(length, timeout),
                                              timeout);
  }
  template <token Token>
  auto ping(std::size_t length, std::chrono::milliseconds timeout, Token&& token) const {
    return initiate<std::chrono::nanoseconds>(connection(), since(peer::clock::now()), pinging(length, timeout),
                                              std::forward<Token>(token));
  }

  /// Closes the connection after everything queued was sent; pending calls fail with `closed`. `why` is sent to the
  /// other side if the transport can carry it.
  void close(std::string why = {}) const { connection()->close(std::move(why)); }

  /// True if the connection was open at the time of the call.
  bool is_open() const { return connection()->open(); }

  /// Reason why the connection ended, in words for people: that of the other side's last packet (a Helo's answer with
  /// an error), otherwise the transport's. Empty while the connection is open.
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

/// Handle of a connection, as passed to handlers. Copies refer to the same connection and may be kept indefinitely, on
/// any thread. After the connection has ended, every operation fails with `closed`.
class context : public caller<context> {
public:
  explicit context(std::shared_ptr<peer> over) noexcept : peer_{std::move(over)} {}

  /// The client's identity as returned by `admission::authenticate`; empty without a Helo.
  const std::string& identity() const noexcept { return peer_->identity(); }

  /// Unique name of this connection, never used by another one; empty without a Helo.
  const std::string& session() const noexcept { return peer_->session(); }

  /// Address of the other side, for logs: `127.0.0.1:5555`.
  const std::string& address() const noexcept { return peer_->address(); }

  bool operator==(const context& other) const noexcept { return peer_ == other.peer_; }

  /// For internal use of the library.
  const std::shared_ptr<peer>& connection() const noexcept { return peer_; }

private:
  std::shared_ptr<peer> peer_;
};

}  // namespace ability::fly
