// One round of a scenario against one server: start it, connect clients, measure, stop it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/servers.hpp"

namespace ability::load {

/// JSON of exactly `bytes` bytes, another for each `number`.
std::string message_of(std::size_t number, std::size_t bytes);
/// CPU time that all programs and the kernel have used on all cores, in nanoseconds.
double machine_cpu_ns();
/// The median; NaN if there are no values.
double median(std::vector<double> values);
/// Smallest value that a share of `part` (0 to 1) does not exceed; NaN if there are none. Reorders `values`.
double percentile(std::vector<float>& values, double part);

/// Messages to publish, and their subscribers.
struct fan_out_plan {
  std::size_t subscribers = 1'000;
  std::size_t publishes = 300;  ///< each waits until all subscribers have received the one before
  std::size_t batch = 1;        ///< messages in one publish
  std::size_t message_bytes = 100;
  std::size_t stalled = 0;  ///< further subscribers that do not read
};

/// Figures of one round of a plan.
struct fan_out_round {
  double cpu_us = 0;  ///< CPU of the server per delivery, in microseconds
  double p50_ms = 0;  ///< from publish to receipt
  double p99_ms = 0;
  double wire_bytes = 0;       ///< bytes that a client read per delivery
  double server_cores = 0;     ///< cores that the server kept busy
  double generator_share = 0;  ///< of one core, the most that the generator can use
  double others_cores = 0;     ///< cores that other programs on the machine kept busy
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;            ///< not delivered within 5 s; a round ends with its first loss
  std::size_t stalled_closed = 0;    ///< stalled subscribers that the server had closed by the end
  std::vector<double> bare_loop_ms;  ///< bare server only: the time of each loop over all sockets
};

/// One server and its clients, for running a plan in one go or a slice at a time.
class fan_out {
public:
  /// Starts the server, connects the clients and warms up. Throws if the server does not start, refuses a client or a
  /// message, or sends something else than was published.
  fan_out(server_kind kind, const programs& where, const fan_out_plan& plan);
  ~fan_out();
  fan_out(fan_out&&) noexcept;

  /// Publishes the next `count` of the plan. False if it is finished, or a message was lost.
  bool publish(std::size_t count);

  /// Script for further clients of the same server.
  client_script script() const;

  /// Ends the measurement and returns its figures.
  fan_out_round finish();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Number of connections to hold, and the time without traffic.
struct idle_plan {
  std::size_t connections = 18'000;
  std::int64_t settle_ms = 3'000;
  std::int64_t idle_ms = 5'000;
};

/// Costs of idle connections.
struct idle_round {
  double pss_kb = 0;          ///< KiB per connection
  double rss_kb = 0;          ///< KiB per connection
  double idle_cpu = 0;        ///< share of one core
  double connect_s = 0;       ///< seconds until the last client was accepted
  std::uint64_t reached = 0;  ///< clients that received the one message published at the end
};

idle_round run_idle(server_kind kind, const programs& where, const idle_plan& plan);

}  // namespace ability::load
