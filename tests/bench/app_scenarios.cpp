// Costs of the application for clients that wait for it, and for those that do not.
#include "tests/bench/app_scenarios.hpp"

#include "tests/bench/application.hpp"
#include "tests/bench/bare_callers.hpp"
#include "tests/bench/measure.hpp"

namespace ability::load {

namespace {

constexpr std::size_t concurrency = 28;  // abilityd's default
constexpr std::int64_t delay_us = 5'000;
constexpr double wanted = 0.9;  // × the rate that concurrency / delay allows

bool can_run(const bench_settings& settings, report& out) {
  if (!missing(server_kind::abilityd, settings.where) && !find_program(settings.where.bare_app).empty())
    return true;
  out.failure("no abilityd, or no program " + settings.where.bare_app + " (build the target bare_app)");
  return false;
}

}  // namespace

void connect_storm(const bench_settings& settings, report& out) {
  const std::size_t clients = settings.quick ? 1'000 : 5'000;
  auto& place = out.begin('f', std::to_string(clients) + " clients at once, an application that answers in 5 ms");
  if (!can_run(settings, out))
    return;
  const auto possible = static_cast<double>(concurrency) * 1e6 / delay_us;
  std::vector<double> rates, costs, of_bare;
  table rows{{"round", "bare calls/s", "connections/s", "of what is possible", "of the bare calls", "CPU µs/connection",
              "server cores", "generator %"}};
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const application app{settings.where, delay_us};
    const auto bare = bare_calls_per_s(app.port(), concurrency, clients);
    const running_server server{server_kind::abilityd, app.asks()};
    auto script = server.script();
    script.subscribe.clear();
    script.ready = "welcome";
    ws_clients swarm{script};
    const auto cpu = server.process().cpu_ns();
    const auto own = own_cpu_ns();
    const auto start = now_ns();
    swarm.connect(clients, clients);
    const auto wall = static_cast<double>(now_ns() - start);
    const auto used = static_cast<double>(server.process().cpu_ns() - cpu);
    rates.push_back(static_cast<double>(clients) * 1e9 / wall);
    costs.push_back(used / 1e3 / static_cast<double>(clients));
    of_bare.push_back(bare / possible);
    rows.add({std::to_string(round + 1), number(bare, 0), number(rates.back(), 0), number(rates.back() / possible, 2),
              number(rates.back() / bare, 2), number(costs.back(), 1), number(used / wall, 2),
              number(static_cast<double>(own_cpu_ns() - own) / wall * 100, 0)});
    place["rounds"].push_back(
        {{"bare_calls_per_s", bare}, {"connections_per_s", rates.back()}, {"cpu_us_per_connection", costs.back()}});
  }
  rows.print(out.out());
  out.out() << "  possible: " << concurrency << " calls at a time, 5 ms each: " << number(possible, 0)
            << " connections/s; bare: callers that do nothing but call\n";
  if (median(of_bare) < wanted)
    out.note("callers that do nothing else get " + number(median(of_bare), 2) +
             " of what is possible from this machine");
  out.limit_from_below('f', "connections/s, × what concurrency / 5 ms allows", wanted, median(rates) / possible, 2);
  out.limit('f', "CPU µs per connection", 150, median(costs), 1);
}

void hung_application(const bench_settings& settings, report& out) {
  static constexpr std::size_t callers = 500;
  static constexpr std::size_t slice = 20;
  const fan_out_plan plan{.publishes = settings.quick ? 100UL : 300UL};
  auto& place = out.begin('g', "1,000 subscribers, 100-byte messages one at a time, while " + std::to_string(callers) +
                                   " clients wait for an application that hangs");
  if (!can_run(settings, out))
    return;
  std::vector<double> ratios;
  table rows{{"round", "p50 ms", "hung", "p99 ms", "hung", "p99 ratio", "lost"}};
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    application calm_app{settings.where, 0};
    application hung_app{settings.where, 0};
    fan_out calm{server_kind::abilityd, calm_app.asks(), plan};
    fan_out beside{server_kind::abilityd, hung_app.asks(), plan};
    hung_app.hang();
    ws_clients waiting{beside.script()};
    waiting.knock(callers);
    for (std::size_t done = 0; done < plan.publishes; done += slice) {
      calm.publish(slice);
      beside.publish(slice);
    }
    const auto without = calm.finish();
    const auto with = beside.finish();
    ratios.push_back(with.p99_ms / without.p99_ms);
    rows.add({std::to_string(round + 1), number(without.p50_ms, 2), number(with.p50_ms, 2), number(without.p99_ms, 2),
              number(with.p99_ms, 2), number(ratios.back(), 2), std::to_string(without.lost + with.lost)});
    place["rounds"].push_back({{"p99_ms", without.p99_ms}, {"p99_ms_hung", with.p99_ms}});
  }
  rows.print(out.out());
  out.limit('g', "broadcast p99 beside a hung application, × without", 1.2, median(ratios), 2);
}

}  // namespace ability::load
