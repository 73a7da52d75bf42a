// Clients that call an echo server and wait for its answers, with a fixed number of calls in flight.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/bare_echo.hpp"

namespace ability::load {

inline constexpr std::size_t echo_bytes = 64;  ///< bytes of a message, in each direction

/// One connection to an echo server, on an event loop that only `run` runs.
class echo_caller {
public:
  virtual ~echo_caller() = default;
  echo_caller(const echo_caller&) = delete;
  echo_caller& operator=(const echo_caller&) = delete;

  /// Makes `calls` calls, `in_flight` at a time, and waits until all have returned, 20 s at most. Throws if one fails.
  void run(std::size_t calls, std::size_t in_flight);

  /// Duration of each call in nanoseconds, if `run` had one at a time.
  std::vector<float>& latencies() { return latencies_; }

protected:
  explicit echo_caller(boost::asio::io_context& io) : io_{io} {}

  /// Begins one call. On the event loop's thread.
  virtual void call() = 0;
  /// Sends calls that were begun but still wait.
  virtual void flush() {}
  /// Ends a call; `answer` is its result.
  void returned(std::string_view answer);
  void failed(const std::string& why);

  const std::string message_ = std::string(echo_bytes, 'x');

private:
  boost::asio::io_context& io_;
  std::size_t to_begin_ = 0;
  std::size_t to_return_ = 0;
  bool one_at_a_time_ = false;
  std::int64_t begun_at_ = 0;
  std::string error_;
  std::vector<float> latencies_;
};

/// A caller over FlyRPC, with the library's client. Throws if the server cannot be reached within 10 s.
std::unique_ptr<echo_caller> call_by_fly(boost::asio::io_context& io, std::uint16_t port);

/// A caller whose messages follow two bytes of length.
std::unique_ptr<echo_caller> call_by_length(boost::asio::io_context& io, std::uint16_t port, bare_style style);

}  // namespace ability::load
