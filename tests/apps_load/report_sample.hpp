// A report like that of a real run, the same each time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// A run of `lasted` seconds: clients connect during the first fifth, then messages go out to all of them, with a slow
/// tenth in the middle. Some clients of the group `refused` meet troubles, and 3 messages are lost.
inline run_report sample_report(std::size_t lasted = 60) {
  constexpr std::uint64_t clients = 10'000;
  run_report report;
  report.scenario = "fanout";
  report.about = "One stream that all follow, a hundred messages each second.";
  report.target = "ws://127.0.0.1:8080/cable";
  report.began_ms = 1'795'377'600'000;  // 2026-11-22 20:00 UTC
  report.lasted_s = static_cast<double>(lasted);
  report.machine = "AMD EPYC 7B13, 2 cores";
  report.processes = 2;
  const auto put = [&](tallies& into, tally which, std::uint64_t count) {
    count_of(into, which) += count;
    if (&into != &report.total)
      count_of(report.total, which) += count;
  };

  std::mt19937_64 random{7};
  std::normal_distribution<double> normal;
  const auto draw = [&](double typical_ms, double spread) {
    return static_cast<std::int64_t>(typical_ms * 1e6 * std::exp(spread * normal(random)));
  };
  const auto ramp = std::max<std::size_t>(lasted / 5, 1);
  server_sample server{.cpu_s = 1.5, .rss_bytes = 12'000'000, .descriptors = 40};
  report.server_before = server;
  for (std::size_t i = 0; i < lasted; ++i) {
    auto& now = report.seconds.emplace_back();
    now.at_s = static_cast<double>(i + 1);
    now.connections = i < ramp ? clients * (i + 1) / ramp : clients;
    now.generator_cores = i < ramp ? 0.7 : 0.9;
    now.lag_ns = draw(0.4, 0.5);
    for (int n = 0; n < 1'000; ++n)
      report.lag.record(draw(0.02, 0.9));
    if (i < ramp) {
      const auto come = now.connections - clients * i / ramp;
      put(now.counted, tally::connected, come);
      put(now.counted, tally::subscribed, come);
      for (std::uint64_t n = 0; n < come; ++n) {
        report.connect.record(draw(4, 0.6));
        report.subscribe.record(draw(0.8, 0.5));
      }
      server.cpu_s += 0.06;
    } else if (i + 1 < lasted) {
      const bool slow = i >= lasted / 2 && i < lasted / 2 + std::max<std::size_t>(lasted / 10, 1);
      put(now.counted, tally::published, 100);
      put(now.counted, tally::delivered, 100 * clients);
      for (int n = 0; n < 2'000; ++n) {
        const auto took = draw(slow ? 9 : 1.6, slow ? 0.8 : 0.5);
        now.latency.record(took, 500);
        report.unhurried.record(took - took / 20, 500);
      }
      for (int n = 0; n < 100; ++n) {
        report.publish.record(draw(0.6, 0.4));
        report.lateness.record(draw(0.05, 0.7));
      }
      server.cpu_s += slow ? 0.95 : 0.55;
      report.latency.merge(now.latency);
    }
    server.rss_bytes = 12'000'000 + static_cast<std::int64_t>(now.connections) * 2'600;
    server.descriptors = 40 + static_cast<std::int64_t>(now.connections);
    now.server = server;
  }
  report.server_after = server_sample{server.cpu_s + 0.01, 14'500'000, 41};
  put(report.total, tally::lost, 3);
  put(report.total, tally::connect_failures, 1'215);
  put(report.total, tally::failed_clients, 1'215);
  report.bytes_received = count_of(report.total, tally::delivered) * 171;
  report.groups = {{{clients, {}}, "subscribers", transport::action_cable, clients},
                   {{0, {{"connection refused", 1'203}, {"closed: <b>\x1b[31mno\x1b[0m</b>", 12}}},
                    "refused",
                    transport::fly_tcp,
                    1'215},
                   {{1, {}}, "publisher", transport::action_cable, 1}};
  judge(report, {.name = "fanout",
                 .about = {},
                 .streams = {},
                 .clients = {},
                 .assertions = {{tally::delivered, 1'000}, {tally::lost, 0, 0}}});
  return report;
}

}  // namespace ability::load
