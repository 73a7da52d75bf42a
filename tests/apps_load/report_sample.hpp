// A report like that of a real run, the same each time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// Makes up a run, second by second.
class sample_run {
public:
  explicit sample_run(std::size_t lasted) : lasted_{lasted} {
    report_.scenario = "fanout";
    report_.about = "One stream that all follow, a hundred messages each second.";
    report_.target = "ws://127.0.0.1:8080/cable";
    report_.began_ms = 1'795'377'600'000;  // 2026-11-22 20:00 UTC
    report_.lasted_s = static_cast<double>(lasted);
    report_.machine = "AMD EPYC 7B13, 2 cores";
    report_.processes = 2;
    report_.server_before = server_;
  }

  run_report make() {
    for (std::size_t i = 0; i < lasted_; ++i)
      add_second(i);
    report_.server_after = server_sample{server_.cpu_s + 0.01, 14'500'000, 41};
    put(report_.total, tally::lost, 3);
    put(report_.total, tally::connect_failures, 1'215);
    put(report_.total, tally::failed_clients, 1'215);
    report_.bytes_received = count_of(report_.total, tally::delivered) * 171;
    report_.groups = {{{clients, {}}, "subscribers", transport::action_cable, clients},
                      {{0, {{"connection refused", 1'203}, {"closed: <b>\x1b[31mno\x1b[0m</b>", 12}}},
                       "refused",
                       transport::fly_tcp,
                       1'215},
                      {{1, {}}, "publisher", transport::action_cable, 1}};
    judge(report_, {.name = "fanout",
                    .about = {},
                    .streams = {},
                    .clients = {},
                    .assertions = {{tally::delivered, 1'000}, {tally::lost, 0, 0}}});
    return std::move(report_);
  }

private:
  static constexpr std::uint64_t clients = 10'000;

  void put(tallies& into, tally which, std::uint64_t count) {
    count_of(into, which) += count;
    if (&into != &report_.total)
      count_of(report_.total, which) += count;
  }

  // A random time in ns.
  std::int64_t draw(double typical_ms, double spread) {
    return static_cast<std::int64_t>(typical_ms * 1e6 * std::exp(spread * normal_(random_)));
  }

  void add_second(std::size_t i) {
    auto& now = report_.seconds.emplace_back();
    now.at_s = static_cast<double>(i + 1);
    now.connections = i < ramp_ ? clients * (i + 1) / ramp_ : clients;
    now.generator_cores = i < ramp_ ? 0.7 : 0.9;
    now.lag_ns = draw(0.4, 0.5);
    for (int n = 0; n < 1'000; ++n)
      report_.lag.record(draw(0.02, 0.9));
    if (i < ramp_)
      connect(i, now);
    else if (i + 1 < lasted_)
      publish(i >= lasted_ / 2 && i < lasted_ / 2 + std::max<std::size_t>(lasted_ / 10, 1), now);
    server_.rss_bytes = 12'000'000 + static_cast<std::int64_t>(now.connections) * 2'600;
    server_.descriptors = 40 + static_cast<std::int64_t>(now.connections);
    now.server = server_;
  }

  void connect(std::size_t i, second& now) {
    const auto come = now.connections - clients * i / ramp_;
    put(now.counted, tally::connected, come);
    put(now.counted, tally::subscribed, come);
    for (std::uint64_t n = 0; n < come; ++n) {
      report_.connect.record(draw(4, 0.6));
      report_.subscribe.record(draw(0.8, 0.5));
    }
    server_.cpu_s += 0.06;
  }

  void publish(bool slow, second& now) {
    put(now.counted, tally::published, 100);
    put(now.counted, tally::delivered, 100 * clients);
    for (int n = 0; n < 2'000; ++n) {
      const auto took = draw(slow ? 9 : 1.6, slow ? 0.8 : 0.5);
      now.latency.record(took, 500);
      report_.unhurried.record(took - took / 20, 500);
    }
    for (int n = 0; n < 100; ++n) {
      report_.publish.record(draw(0.6, 0.4));
      report_.lateness.record(draw(0.05, 0.7));
    }
    server_.cpu_s += slow ? 0.95 : 0.55;
    report_.latency.merge(now.latency);
  }

  const std::size_t lasted_;
  const std::size_t ramp_ = std::max<std::size_t>(lasted_ / 5, 1);
  run_report report_;
  std::mt19937_64 random_{7};
  std::normal_distribution<double> normal_;
  server_sample server_{.cpu_s = 1.5, .rss_bytes = 12'000'000, .descriptors = 40};
};

/// A run of `lasted` seconds: clients connect during the first fifth, then messages go out to all of them, with a slow
/// tenth in the middle. Some clients of the group `refused` meet troubles, and 3 messages are lost.
inline run_report sample_report(std::size_t lasted = 60) { return sample_run{lasted}.make(); }

}  // namespace ability::load
