#include "tests/bench/peer_scenarios.hpp"

#include <memory>

#include "tests/bench/arrivals.hpp"
#include "tests/bench/compare.hpp"

namespace ability::load {

namespace {

/// Cost of one arriving client.
struct arrival_round {
  double cpu_us = 0;
  double per_second = 0;
};

nlohmann::ordered_json to_json(const arrival_round& r) {
  return {{"cpu_us_per_client", r.cpu_us}, {"clients_per_s", r.per_second}};
}

rounds_by_server<fan_out_round> fan_out_of_all(const bench_settings& settings, report& out, char letter,
                                               const std::string& title, const fan_out_plan& plan) {
  auto& place = out.begin(letter, title);
  auto all = side_by_side(settings, out, plan);
  show(settings, out, place, all);
  if (takes_part(settings, server_kind::uws))
    out.limit(letter, "CPU per delivery, × uWebSockets', " + std::string{plan.batch > 1 ? "bursts" : "one at a time"},
              1, ratio(all, server_kind::abilityd, server_kind::uws, [](const auto& r) { return r.cpu_us; }), 2);
  return all;
}

rounds_by_server<idle_round> idle_of_all(const bench_settings& settings, report& out) {
  const idle_plan plan{.connections = std::min<std::size_t>(settings.idle_connections, settings.quick ? 2'000 : 10'000),
                       .settle_ms = 3'000,
                       .idle_ms = 2'000};
  auto& place = out.begin('c', std::to_string(plan.connections) + " idle connections with one subscription each");
  auto all = in_turn<idle_round>(settings, out, settings.servers, 1,
                                 [&](auto kind, const auto& s) { return run_idle(kind, s.where, plan); });
  keep(place, all);
  table rows{{"server", "PSS KB/connection", "RSS KB/connection", "idle CPU %"}};
  for (const auto kind : settings.servers) {
    const auto of = [&](auto figure) { return number(middle(all, kind, figure), 2); };
    rows.add({name_of(kind), of([](const auto& r) { return r.pss_kb; }), of([](const auto& r) { return r.rss_kb; }),
              of([](const auto& r) { return r.idle_cpu * 100; })});
  }
  rows.print(out.out());
  return all;
}

rounds_by_server<arrival_round> arrivals_of_all(const bench_settings& settings, report& out) {
  static constexpr std::size_t slice = 250;
  const std::size_t clients = settings.quick ? 500 : 1'500;
  auto& place =
      out.begin('p', std::to_string(clients) + " clients that connect and subscribe to a stream of their own");
  rounds_by_server<arrival_round> all;
  std::map<server_kind, bool> given_up;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
    std::map<server_kind, std::unique_ptr<arrivals>> sides;
    const auto attempt = [&](server_kind kind, auto&& what) {
      if (or_failure(out, what, name_of(kind)))
        return;
      given_up[kind] = true;
      sides.erase(kind);
    };
    for (const auto kind : settings.servers)
      if (!given_up[kind])
        attempt(kind,
                [&] { sides.emplace(kind, std::make_unique<arrivals>(kind, settings.where, arrival::own_stream)); });
    for (std::size_t done = 0; done < clients; done += slice)
      for (const auto kind : settings.servers)
        if (const auto side = sides.find(kind); side != sides.end())
          attempt(kind, [&] { side->second->connect(slice); });
    for (const auto& [kind, side] : sides)
      all[kind].push_back({side->cpu_us(), side->per_second()});
  }
  keep(place, all);
  table rows{{"server", "CPU µs/client", "clients/s"}};
  for (const auto kind : settings.servers)
    rows.add({name_of(kind), number(middle(all, kind, [](const auto& r) { return r.cpu_us; }), 1),
              number(middle(all, kind, [](const auto& r) { return r.per_second; }), 0)});
  rows.print(out.out());
  return all;
}

/// The figure, and in brackets its ratio to abilityd's.
template <class Round, class Figure>
std::string beside_ours(const rounds_by_server<Round>& all, server_kind kind, int decimals, Figure&& figure) {
  return number(middle(all, kind, figure), decimals) + " (" +
         number(ratio(all, kind, server_kind::abilityd, figure), 2) + ")";
}

}  // namespace

void compare_peers(const bench_settings& settings, report& out) {
  const auto one = fan_out_of_all(settings, out, 'a', "1,000 subscribers, 100-byte messages, one at a time",
                                  {.publishes = settings.quick ? 100UL : 200UL});
  const auto burst = fan_out_of_all(settings, out, 'b', "1,000 subscribers, 100-byte messages, bursts of 16",
                                    {.publishes = settings.quick ? 40UL : 60UL, .batch = 16});
  const auto idle = idle_of_all(settings, out);
  const auto came = arrivals_of_all(settings, out);
  const auto cpu = [](const auto& r) { return r.cpu_us; };
  const auto p99 = [](const auto& r) { return r.p99_ms; };

  out.out() << "\nAll beside abilityd: each figure, and in brackets how many times abilityd's (the middle of "
            << settings.rounds << " rounds)\n";
  table rows{{"server", "one at a time: CPU µs/delivery", "p99 ms", "bursts of 16: CPU µs/delivery", "p99 ms",
              "idle: KB/connection", "connect and subscribe: CPU µs"}};
  for (const auto kind : settings.servers)
    rows.add({name_of(kind), beside_ours(one, kind, 2, cpu), beside_ours(one, kind, 1, p99),
              beside_ours(burst, kind, 2, cpu), beside_ours(burst, kind, 1, p99),
              beside_ours(idle, kind, 2, [](const auto& r) { return r.pss_kb; }), beside_ours(came, kind, 0, cpu)});
  rows.print(out.out());
  out.out() << "  bare follows no streams, and keeps no client: a loop of send(), nothing else\n";
}

}  // namespace ability::load
