/// One connection, for use on any thread: calls, messages and pings, both ways, over any transport.
/// Source: docs/protocols/flyrpc.md "RPC", "Helo".
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "net/fly/peer/peer_status.hpp"
#include "net/fly/peer/waiter.hpp"
#include "protocol/fly/stream_request.hpp"

namespace ability::fly {

class peer_core;
class transport;
struct engine;
enum class side : std::uint8_t;

/// Posts to the `peer_core` that it owns, or calls it directly if it is used on the event loop's thread. Held by its
/// transport and engine while it is open, and by contexts.
class peer final : public std::enable_shared_from_this<peer> {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  /// Bytes counted for a queued packet in addition to its buffer.
  static constexpr std::size_t overhead = 256;

  /// Null `over`: a peer that has already ended, of a client that is not connected.
  peer(std::shared_ptr<engine> of, std::shared_ptr<transport> over, side which);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer();

  // -- on the event loop's thread ---

  peer_core& core() noexcept { return *core_; }

  /// Adds `size` bytes to the unhandled ones. Returns the executor of handlers that cannot run immediately.
  boost::asio::any_io_executor load(std::size_t size);

  // -- on any thread; see `context` for their contracts ---

  outcome<void> send(std::uint16_t command, encoded message);
  void call(std::uint16_t command, outcome<encoded> message, std::chrono::milliseconds timeout, waiter_ptr who);
  void ping(std::size_t length, std::chrono::milliseconds timeout, waiter_ptr who);
  void subscribe(std::uint16_t alias, std::string stream, stream_start from, std::chrono::milliseconds timeout,
                 waiter_ptr who);
  outcome<void> unsubscribe(std::uint16_t alias);
  outcome<void> publish(std::uint16_t alias, std::string data);
  void cancel(std::uint64_t id);
  void close(std::string why);
  void reply(std::uint16_t command, std::uint8_t sequence, answer what);

  /// Removes `size` bytes from the unhandled ones.
  void unload(std::size_t size);

  bool open() const noexcept { return !status_.has_ended(); }
  std::string close_reason() const { return status_.close_reason(); }
  serializer how() const noexcept { return status_.how(); }
  bool acks() const noexcept { return status_.acks(); }
  const std::string& identity() const noexcept { return status_.identity(); }
  const std::string& session() const noexcept { return status_.session(); }
  const std::string& address() const noexcept { return address_; }
  engine& shared() const noexcept { return *engine_; }
  std::uint64_t new_id() noexcept { return ++last_id_; }

  /// Time limit of calls without one of their own.
  std::chrono::milliseconds call_timeout() const noexcept;

  /// True on the event loop's thread, which must not wait for calls.
  bool is_on_loop() const noexcept;

private:
  template <class Write>
  outcome<void> write(std::size_t size, Write what);
  template <class Begin>
  void begin(waiter_ptr who, Begin what);
  template <class Job>
  void run(Job what);

  const std::shared_ptr<engine> engine_;
  const std::string address_;
  peer_status status_;
  const std::unique_ptr<peer_core> core_;
  std::atomic<std::size_t> posted_ = 0;   // bytes of messages on their way to the event loop
  std::atomic<std::size_t> load_ = 0;     // bytes that wait for handlers
  std::atomic<bool> overloaded_ = false;  // they are too many; written on the event loop's thread
  std::atomic<std::uint64_t> last_id_ = 0;
};

}  // namespace ability::fly
