#include "tests/bench/scenarios.hpp"

#include <algorithm>

#include "tests/bench/app_scenarios.hpp"
#include "tests/bench/cluster_scenarios.hpp"
#include "tests/bench/compare.hpp"
#include "tests/bench/fly_scenarios.hpp"
#include "tests/bench/history_scenarios.hpp"
#include "tests/bench/lane_scenarios.hpp"
#include "tests/bench/stream_scenarios.hpp"

namespace ability::load {

namespace {

void limit_to_bare_and_peers(const bench_settings& settings, report& out, char letter,
                             const rounds_by_server<fan_out_round>& all, double times_bare, const std::string& how) {
  const auto cpu = [&](server_kind kind) { return middle(all, kind, [](const auto& r) { return r.cpu_us; }); };
  out.limit(letter, "CPU per delivery, × bare loop, " + how, times_bare, cpu_to_bare(all, server_kind::abilityd), 2);
  for (const auto peer : {server_kind::nats, server_kind::nchan})
    if (takes_part(settings, peer))
      out.limit(letter, "CPU µs per delivery beside " + name_of(peer) + ", " + how, cpu(peer),
                cpu(server_kind::abilityd), 2, true);
}

void one_at_a_time(const bench_settings& settings, report& out) {
  const fan_out_plan plan{.publishes = settings.quick ? 100UL : 200UL};
  auto& place = out.begin('a', "1,000 subscribers, 100-byte messages, one at a time");
  const auto all = side_by_side(settings, out, plan);
  show(settings, out, place, all);
  limit_to_bare_and_peers(settings, out, 'a', all, 1.08, "one at a time");
}

void in_bursts(const bench_settings& settings, report& out) {
  const fan_out_plan plan{.publishes = settings.quick ? 30UL : 60UL, .batch = 16};
  auto& place = out.begin('b', "1,000 subscribers, 100-byte messages, bursts of 16");
  const auto all = side_by_side(settings, out, plan);
  show(settings, out, place, all);
  limit_to_bare_and_peers(settings, out, 'b', all, 1.3, "bursts of 16");
}

void idle(const bench_settings& settings, report& out) {
  idle_plan plan{.connections = settings.idle_connections};
  if (settings.quick)
    plan = {
        .connections = std::min<std::size_t>(settings.idle_connections, 4'000), .settle_ms = 2'500, .idle_ms = 2'000};
  auto& place = out.begin('c', std::to_string(plan.connections) + " idle connections with one subscription each, " +
                                   number(static_cast<double>(plan.idle_ms) / 1e3, 0) + " s");
  std::vector<server_kind> servers;
  for (const auto kind : settings.servers)
    if (kind != server_kind::bare)
      servers.push_back(kind);
  const auto all = in_turn<idle_round>(settings, out, servers, 1,
                                       [&](auto kind, const auto& s) { return run_idle(kind, s.where, plan); });
  keep(place, all);
  table rows{
      {"server", "PSS KB/connection", "RSS KB/connection", "idle CPU %", "connected in s", "reached at the end"}};
  for (const auto kind : servers) {
    const auto of = [&](auto figure, int decimals) { return number(middle(all, kind, figure), decimals); };
    rows.add({name_of(kind), of([](const auto& r) { return r.pss_kb; }, 2),
              of([](const auto& r) { return r.rss_kb; }, 2), of([](const auto& r) { return r.idle_cpu * 100; }, 2),
              of([](const auto& r) { return r.connect_s; }, 1), of([](const auto& r) { return r.reached; }, 0)});
  }
  rows.print(out.out());
  const auto memory = middle(all, server_kind::abilityd, [](const auto& r) { return r.pss_kb; });
  out.limit('c', "KB of memory per idle connection", 5, memory, 2);
  out.limit('c', "KB of memory per idle connection, stretch", 3.5, memory, 2);
  out.limit('c', "idle CPU, % of a core", 1,
            middle(all, server_kind::abilityd, [](const auto& r) { return r.idle_cpu * 100; }), 2, true);
}

void ten_thousand(const bench_settings& settings, report& out) {
  const fan_out_plan plan{.subscribers = 10'000, .publishes = settings.quick ? 10UL : 15UL};
  auto& place = out.begin('d', "10,000 subscribers of one stream, one 100-byte message at a time");
  const auto all = in_turn<fan_out_round>(settings, out, settings.servers, settings.rounds,
                                          [&](auto kind, const auto& s) { return run_alone(kind, s.where, plan); });
  show(settings, out, place, all);
  const auto loop = middle(all, server_kind::bare, [](const auto& r) { return median(r.bare_loop_ms); });
  const auto p99 = middle(all, server_kind::abilityd, [](const auto& r) { return r.p99_ms; });
  const auto bare_p99 = middle(all, server_kind::bare, [](const auto& r) { return r.p99_ms; });
  out.out() << "  the bare loop's time for 10,000 sends: " << number(loop, 2) << " ms; its own p99 is "
            << number(bare_p99 / loop, 2) << " × that\n";
  out.limit('d', "p99 from publish to receipt, × bare loop's time", 1.5, p99 / loop, 2);
}

/// The same round without stalled readers and, right after it, with them.
struct stalled_round {
  fan_out_round without;
  fan_out_round with;
};

nlohmann::ordered_json to_json(const stalled_round& r) {
  return {{"without", to_json(r.without)}, {"with", to_json(r.with)}};
}

void stalled_readers(const bench_settings& settings, report& out) {
  // 5 MB: exceeds the kernel's send buffer (4 MB at most) plus abilityd's bound of 1 MB for a stalled reader
  const fan_out_plan without{.publishes = 160, .message_bytes = 32'000};
  auto with = without;
  with.stalled = 50;
  auto& place = out.begin('e', "1,000 subscribers, 32,000-byte messages one at a time, beside 50 that do not read");
  std::vector<server_kind> servers;  // with --quick no peers: they take long
  for (const auto kind : settings.servers)
    if (!settings.quick || kind == server_kind::bare || kind == server_kind::abilityd)
      servers.push_back(kind);
  const auto all = in_turn<stalled_round>(settings, out, servers, 1, [&](auto kind, const auto& s) {
    return stalled_round{run_alone(kind, s.where, without), run_alone(kind, s.where, with)};
  });
  keep(place, all);
  table rows{{"server", "p50 ms", "with", "p99 ms", "with", "p99 ratio", "lost with", "stalled ones closed"}};
  rounds_by_server<fan_out_round> beside;
  for (const auto kind : servers) {
    const auto of = [&](auto figure, int decimals) { return number(middle(all, kind, figure), decimals); };
    rows.add({name_of(kind), of([](const auto& r) { return r.without.p50_ms; }, 2),
              of([](const auto& r) { return r.with.p50_ms; }, 2), of([](const auto& r) { return r.without.p99_ms; }, 2),
              of([](const auto& r) { return r.with.p99_ms; }, 2),
              of([](const auto& r) { return r.with.p99_ms / r.without.p99_ms; }, 2),
              of([](const auto& r) { return r.with.lost; }, 0),
              of([](const auto& r) { return r.with.stalled_closed; }, 0)});
    if (const auto found = all.find(kind); found != all.end())
      for (const auto& round : found->second)
        beside[kind].push_back(round.with);
  }
  rows.print(out.out());
  warn(out, beside);
}

}  // namespace

const std::vector<scenario>& all_scenarios() {
  static const std::vector<scenario> all{
      {'a', "1,000 subscribers, one message at a time", one_at_a_time},
      {'b', "1,000 subscribers, bursts of 16", in_bursts},
      {'c', "idle connections", idle},
      {'d', "10,000 subscribers", ten_thousand},
      {'e', "50 stalled readers", stalled_readers},
      {'f', "5,000 clients that an application lets in", connect_storm},
      {'g', "an application that hangs", hung_application},
      {'h', "FlyRPC packets", fly_packets},
      {'i', "FlyRPC calls", fly_calls},
      {'j', "FlyRPC through the daemon to a backend", fly_gateway},
      {'k', "a broadcast across a link", cluster_latency, bench_part::cluster},
      {'l', "what one link carries", cluster_throughput, bench_part::cluster},
      {'m', "3 nodes with 15,000 connections each", cluster_crowd, bench_part::cluster},
      {'n', "500,000 streams of interest", cluster_interest, bench_part::cluster},
      {'o', "10,000 small streams", small_streams},
      {'p', "connecting and subscribing", connecting},
      {'q', "two lanes beside one", two_lanes},
      {'r', "history on beside off", history_fan_out, bench_part::history},
      {'s', "5,000 clients come back", history_returns, bench_part::history},
      {'t', "memory of history", history_memory, bench_part::history},
      {'u', "5,000 members come and go", presence_storm, bench_part::history},
      {'v', "publications into logs in Redis", redis_publications, bench_part::history}};
  return all;
}

}  // namespace ability::load
