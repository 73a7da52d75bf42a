#include "tests/load/bench/scenarios.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "tests/load/bench/app_scenarios.hpp"
#include "tests/load/bench/cluster_scenarios.hpp"
#include "tests/load/bench/fly_scenarios.hpp"
#include "tests/load/bench/measure.hpp"
#include "tests/load/bench/stream_scenarios.hpp"

namespace ability::load {

namespace {

/// The rounds of each server, in the order of `bench_settings::servers`.
template <class Round>
using rounds_by_server = std::map<server_kind, std::vector<Round>>;

void show_progress(const std::string& what) {
  if (::isatty(STDERR_FILENO) == 1)
    std::cerr << "  " << what << "          \r" << std::flush;
}

/// Runs `measure(kind)` for each server in turn, round by round, so that what disturbs the machine disturbs all.
/// A server that fails is named, and left out from then on.
template <class Round, class Measure>
rounds_by_server<Round> in_turn(const bench_settings& settings, report& out, const std::vector<server_kind>& servers,
                                std::size_t rounds, Measure&& measure) {
  rounds_by_server<Round> all;
  std::map<server_kind, bool> given_up;
  for (std::size_t round = 0; round < rounds; ++round)
    for (const auto kind : servers) {
      if (given_up[kind])
        continue;
      show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(rounds) + ": " + name_of(kind));
      try {
        all[kind].push_back(measure(kind, settings));
      } catch (const interrupted&) {
        throw;
      } catch (const std::exception& e) {
        given_up[kind] = true;
        out.failure(name_of(kind) + ": " + e.what());
      }
    }
  return all;
}

/// The whole plan against one server.
fan_out_round run_alone(server_kind kind, const programs& where, const fan_out_plan& plan) {
  fan_out run{kind, where, plan};
  run.publish(plan.publishes);
  return run.finish();
}

/// All servers at once, each a slice of the plan in turn while the others wait: this machine's speed changes by half
/// from one second to the next, and so changes for all.
rounds_by_server<fan_out_round> side_by_side(const bench_settings& settings, report& out, const fan_out_plan& plan) {
  static constexpr std::size_t slice = 20;
  rounds_by_server<fan_out_round> all;
  std::map<server_kind, bool> given_up;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
    std::map<server_kind, fan_out> runs;
    const auto attempt = [&](server_kind kind, auto&& what) {
      try {
        what();
      } catch (const interrupted&) {
        throw;
      } catch (const std::exception& e) {
        given_up[kind] = true;
        runs.erase(kind);
        out.failure(name_of(kind) + ": " + e.what());
      }
    };
    for (const auto kind : settings.servers)
      if (!given_up[kind])
        attempt(kind, [&] { runs.emplace(kind, fan_out{kind, settings.where, plan}); });
    for (std::size_t done = 0; done < plan.publishes; done += slice)
      for (const auto kind : settings.servers)
        if (const auto run = runs.find(kind); run != runs.end())
          attempt(kind, [&] { run->second.publish(slice); });
    for (auto& [kind, run] : runs)
      all[kind].push_back(run.finish());
  }
  return all;
}

/// The middle of one figure over a server's rounds; NaN if it has none.
template <class Round, class Figure>
double middle(const rounds_by_server<Round>& all, server_kind kind, Figure&& figure) {
  std::vector<double> values;
  if (const auto found = all.find(kind); found != all.end())
    for (const auto& round : found->second)
      values.push_back(static_cast<double>(figure(round)));
  return median(std::move(values));
}

/// The middle of the ratios of CPU to the bare server's, each round's to the round right beside it.
double cpu_to_bare(const rounds_by_server<fan_out_round>& all, server_kind kind) {
  std::vector<double> ratios;
  const auto mine = all.find(kind);
  const auto bare = all.find(server_kind::bare);
  if (mine != all.end() && bare != all.end())
    for (std::size_t i = 0; i < std::min(mine->second.size(), bare->second.size()); ++i)
      ratios.push_back(mine->second[i].cpu_us / bare->second[i].cpu_us);
  return median(std::move(ratios));
}

nlohmann::ordered_json to_json(const fan_out_round& r) {
  return {{"cpu_us_per_delivery", r.cpu_us},
          {"p50_ms", r.p50_ms},
          {"p99_ms", r.p99_ms},
          {"wire_bytes_per_delivery", r.wire_bytes},
          {"server_cores", r.server_cores},
          {"generator_share", r.generator_share},
          {"others_cores", r.others_cores},
          {"delivered", r.delivered},
          {"lost", r.lost},
          {"stalled_closed", r.stalled_closed},
          {"bare_loop_ms", median(r.bare_loop_ms)}};
}

nlohmann::ordered_json to_json(const idle_round& r) {
  return {{"pss_kib_per_connection", r.pss_kb},
          {"rss_kib_per_connection", r.rss_kb},
          {"idle_cpu_share", r.idle_cpu},
          {"connect_s", r.connect_s},
          {"reached", r.reached}};
}

template <class Round>
void keep(nlohmann::ordered_json& place, const rounds_by_server<Round>& all) {
  for (const auto& [kind, rounds] : all)
    for (const auto& round : rounds)
      place["rounds"][name_of(kind)].push_back(to_json(round));
}

/// Says when a figure is not the server's own doing.
void warn(report& out, const rounds_by_server<fan_out_round>& all) {
  double others = 0;
  for (const auto& [kind, rounds] : all) {
    others = std::max(others, middle(all, kind, [](const auto& r) { return r.others_cores; }));
    if (const auto share = middle(all, kind, [](const auto& r) { return r.generator_share; }); share > 0.9)
      out.note("the generator used " + number(share * 100, 0) + " % of its core beside " + name_of(kind) +
               ": it was the bottleneck, so that server's times are too long");
  }
  if (others > 0.15)
    out.note("other programs kept " + number(others, 1) + " cores busy: times are too long, ratios are rough");
}

/// The table that a, b and d share.
void show(const bench_settings& settings, report& out, nlohmann::ordered_json& place,
          const rounds_by_server<fan_out_round>& all) {
  keep(place, all);
  table rows{{"server", "CPU µs/delivery", "× bare", "p50 ms", "p99 ms", "bytes/delivery", "lost", "server cores",
              "generator %"}};
  for (const auto kind : settings.servers) {
    const auto of = [&](auto figure, int decimals) { return number(middle(all, kind, figure), decimals); };
    rows.add({name_of(kind), of([](const auto& r) { return r.cpu_us; }, 2), number(cpu_to_bare(all, kind), 2),
              of([](const auto& r) { return r.p50_ms; }, 2), of([](const auto& r) { return r.p99_ms; }, 2),
              of([](const auto& r) { return r.wire_bytes; }, 0), of([](const auto& r) { return r.lost; }, 0),
              of([](const auto& r) { return r.server_cores; }, 2),
              of([](const auto& r) { return r.generator_share * 100; }, 0)});
  }
  rows.print(out.out());
  warn(out, all);
}

void limit_to_bare_and_peers(report& out, char letter, const rounds_by_server<fan_out_round>& all, double times_bare,
                             const std::string& how) {
  const auto cpu = [&](server_kind kind) { return middle(all, kind, [](const auto& r) { return r.cpu_us; }); };
  out.limit(letter, "CPU per delivery, × bare loop, " + how, times_bare, cpu_to_bare(all, server_kind::abilityd), 2);
  for (const auto peer : {server_kind::nats, server_kind::nchan})
    out.limit(letter, "CPU µs per delivery beside " + name_of(peer) + ", " + how, cpu(peer), cpu(server_kind::abilityd),
              2, true);
}

void one_at_a_time(const bench_settings& settings, report& out) {
  const fan_out_plan plan{.publishes = settings.quick ? 100UL : 300UL};
  auto& place = out.begin('a', "1,000 subscribers, 100-byte messages, one at a time");
  const auto all = side_by_side(settings, out, plan);
  show(settings, out, place, all);
  limit_to_bare_and_peers(out, 'a', all, 1.15, "one at a time");
}

void in_bursts(const bench_settings& settings, report& out) {
  const fan_out_plan plan{.publishes = settings.quick ? 30UL : 100UL, .batch = 16};
  auto& place = out.begin('b', "1,000 subscribers, 100-byte messages, bursts of 16");
  const auto all = side_by_side(settings, out, plan);
  show(settings, out, place, all);
  limit_to_bare_and_peers(out, 'b', all, 1.6, "bursts of 16");
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
  const fan_out_plan plan{.subscribers = 10'000, .publishes = settings.quick ? 10UL : 20UL};
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

/// The same round without and, right after it, with readers that stall.
struct stalled_round {
  fan_out_round without;
  fan_out_round with;
};

nlohmann::ordered_json to_json(const stalled_round& r) {
  return {{"without", to_json(r.without)}, {"with", to_json(r.with)}};
}

void stalled_readers(const bench_settings& settings, report& out) {
  // 5 MB: more than the kernel's send buffer (4 MB at most) and abilityd's bound of 1 MB take for a stalled reader
  const fan_out_plan without{.publishes = 160, .message_bytes = 32'000};
  auto with = without;
  with.stalled = 50;
  auto& place = out.begin('e', "1,000 subscribers, 32,000-byte messages one at a time, beside 50 that do not read");
  std::vector<server_kind> servers;  // with --quick no peers: they take long
  for (const auto kind : settings.servers)
    if (!settings.quick || kind == server_kind::bare || kind == server_kind::abilityd)
      servers.push_back(kind);
  const auto all = in_turn<stalled_round>(settings, out, servers, settings.rounds, [&](auto kind, const auto& s) {
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
  static const std::vector<scenario> all{{'a', "1,000 subscribers, one message at a time", one_at_a_time},
                                         {'b', "1,000 subscribers, bursts of 16", in_bursts},
                                         {'c', "idle connections", idle},
                                         {'d', "10,000 subscribers", ten_thousand},
                                         {'e', "50 stalled readers", stalled_readers},
                                         {'f', "5,000 clients that an application lets in", connect_storm},
                                         {'g', "an application that hangs", hung_application},
                                         {'h', "FlyRPC packets", fly_packets},
                                         {'i', "FlyRPC calls", fly_calls},
                                         {'j', "FlyRPC through the daemon to a backend", fly_gateway},
                                         {'k', "a broadcast across a link", cluster_latency, true},
                                         {'l', "what one link carries", cluster_throughput, true},
                                         {'m', "3 nodes with 15,000 connections each", cluster_crowd, true},
                                         {'n', "500,000 streams of interest", cluster_interest, true},
                                         {'o', "10,000 small streams", small_streams},
                                         {'p', "connecting and subscribing", connecting}};
  return all;
}

}  // namespace ability::load
