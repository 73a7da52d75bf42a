// One round of a scenario against one server: start it, let clients in, measure, stop it.
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
/// The middle value; NaN of nothing.
double median(std::vector<double> values);
/// The value that a share of `part` (0 to 1) is not above; NaN of nothing. Reorders `values`.
double percentile(std::vector<float>& values, double part);

/// What is published, and to whom.
struct fan_out_plan {
  std::size_t subscribers = 1'000;
  std::size_t publishes = 300;  ///< each waits until all have got the one before
  std::size_t batch = 1;        ///< messages in one publish
  std::size_t message_bytes = 100;
  std::size_t stalled = 0;  ///< further subscribers that do not read
};

/// What one round of it gave.
struct fan_out_round {
  double cpu_us = 0;  ///< CPU of the server per delivery, in microseconds
  double p50_ms = 0;  ///< from publish to receipt
  double p99_ms = 0;
  double wire_bytes = 0;       ///< bytes that a client read per delivery
  double server_cores = 0;     ///< cores that the server kept busy
  double generator_share = 0;  ///< of one core, which is all the generator can use
  double others_cores = 0;     ///< cores that anything else on the machine kept busy
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;            ///< not delivered within 5 s; a round ends with its first loss
  std::size_t stalled_closed = 0;    ///< stalled subscribers that the server had closed by the end
  std::vector<double> bare_loop_ms;  ///< bare server only: the time of each loop over all sockets
};

/// One server and its clients, on which a plan is run, in one go or a slice at a time.
class fan_out {
public:
  /// Starts the server, lets the clients in and warms up. Throws when the server does not start, refuses a client or a
  /// message, or sends something else than what was published.
  fan_out(server_kind kind, const programs& where, const fan_out_plan& plan);
  ~fan_out();
  fan_out(fan_out&&) noexcept;

  /// Publishes the next `count` of the plan. False: that was the last, or a message was lost.
  bool publish(std::size_t count);

  /// For further clients of the same server.
  client_script script() const;

  /// What all that was published gave. Ends the measurement.
  fan_out_round finish();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// How many connections are held, and for how long nothing happens.
struct idle_plan {
  std::size_t connections = 18'000;
  std::int64_t settle_ms = 3'000;
  std::int64_t idle_ms = 5'000;
};

/// What they cost.
struct idle_round {
  double pss_kb = 0;          ///< KiB a connection
  double rss_kb = 0;          ///< KiB a connection
  double idle_cpu = 0;        ///< share of one core
  double connect_s = 0;       ///< until the last was in
  std::uint64_t reached = 0;  ///< clients that got the one message published at the end
};

idle_round run_idle(server_kind kind, const programs& where, const idle_plan& plan);

}  // namespace ability::load
