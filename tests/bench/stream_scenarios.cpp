#include "tests/bench/stream_scenarios.hpp"

#include <algorithm>
#include <memory>

#include "tests/bench/arrivals.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/stream_crowd.hpp"

namespace ability::load {

namespace {

bool can_run(const bench_settings& settings, report& out) {
  const auto why = missing(server_kind::abilityd, settings.where);
  if (why)
    out.failure(*why);
  return !why;
}

template <class Round, class Figure>
double middle(const std::vector<Round>& rounds, Figure&& figure) {
  std::vector<double> values;
  for (const auto& each : rounds)
    values.push_back(static_cast<double>(figure(each)));
  return median(std::move(values));
}

/// Adds the columns that one large stream and many small ones have in common.
template <class Round>
void add_row(table& rows, const std::string& name, const std::vector<Round>& rounds) {
  const auto of = [&](auto figure, int decimals) { return number(middle(rounds, figure), decimals); };
  rows.add({name, of([](const auto& r) { return r.cpu_us; }, 2), of([](const auto& r) { return r.p50_ms; }, 2),
            of([](const auto& r) { return r.p99_ms; }, 2), of([](const auto& r) { return r.lost; }, 0),
            of([](const auto& r) { return r.server_cores; }, 2),
            of([](const auto& r) { return r.generator_share * 100; }, 0)});
}

}  // namespace

void small_streams(const bench_settings& settings, report& out) {
  // reserve descriptors for the clients of the one large stream and the generator's own files
  stream_plan plan{.connections = settings.open_files - std::min<std::size_t>(settings.open_files - 1'000, 2'000)};
  if (settings.quick)
    plan.streams = 2'000;
  const auto subscriptions = plan.subscriptions();
  plan.connections = std::min(plan.connections, subscriptions);
  const fan_out_plan large{.publishes = settings.quick ? 60UL : 160UL};
  static constexpr std::size_t slices = 8;
  const std::size_t batches = (settings.quick ? 100 : 240) / slices;

  auto& place =
      out.begin('o', number(static_cast<double>(plan.streams), 0) + " streams with 1 to 3 subscribers each, " +
                         number(static_cast<double>(plan.per_second), 0) + " messages/s of 100 bytes to all of them");
  if (!can_run(settings, out))
    return;
  std::vector<fan_out_round> one;
  std::vector<stream_round> many;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    fan_out beside{server_kind::abilityd, settings.where, large};
    stream_crowd crowd{settings.where, plan};
    for (std::size_t i = 0; i < slices; ++i) {
      beside.publish(large.publishes / slices);
      crowd.publish(batches);
    }
    one.push_back(beside.finish());
    many.push_back(crowd.finish());
    place["rounds"].push_back({{"cpu_us_per_delivery", many.back().cpu_us},
                               {"cpu_us_per_delivery_of_one_stream", one.back().cpu_us},
                               {"messages_per_s", many.back().per_second},
                               {"p50_ms", many.back().p50_ms},
                               {"p99_ms", many.back().p99_ms},
                               {"delivered", many.back().delivered},
                               {"lost", many.back().lost}});
  }
  table rows{{"", "CPU µs/delivery", "p50 ms", "p99 ms", "lost", "server cores", "generator %"}};
  add_row(rows, "one stream, 1,000 subscribers (a)", one);
  add_row(rows, "many small streams", many);
  rows.print(out.out());
  out.out() << "  " << plan.connections << " connections with " << subscriptions << " subscriptions"
            << (plan.connections < subscriptions ? " (no more open files: some follow two streams), " : ", ")
            << number(middle(many, [](const auto& r) { return r.per_second; }), 0) << " messages/s, POSTs of "
            << plan.batch << " in an array\n";
  std::vector<double> ratios;
  for (std::size_t i = 0; i < many.size(); ++i)
    ratios.push_back(many[i].cpu_us / one[i].cpu_us);
  out.limit('o', "CPU per delivery on small streams, × one large stream's", 2, median(ratios), 2);
}

void connecting(const bench_settings& settings, report& out) {
  const std::size_t clients = settings.quick ? 1'000 : 4'000;
  static constexpr std::size_t slice = 500;
  auto& place =
      out.begin('p', number(static_cast<double>(clients), 0) + " clients that connect and subscribe, 128 at a time");
  if (!can_run(settings, out))
    return;
  struct side {
    std::string what;
    server_kind server;
    arrival how_far;
  };
  const side kinds[] = {{"bare: accept and answer", server_kind::bare, arrival::connect},
                        {"abilityd: connect only", server_kind::abilityd, arrival::connect},
                        {"and one stream for all", server_kind::abilityd, arrival::common_stream},
                        {"and a stream of its own", server_kind::abilityd, arrival::own_stream}};
  std::vector<std::vector<double>> costs(std::size(kinds)), rates(std::size(kinds));
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    std::vector<std::unique_ptr<arrivals>> sides;
    for (const auto& kind : kinds)
      sides.push_back(std::make_unique<arrivals>(kind.server, settings.where, kind.how_far));
    for (std::size_t done = 0; done < clients; done += slice)
      for (auto& each : sides)
        each->connect(slice);
    for (std::size_t i = 0; i < sides.size(); ++i) {
      costs[i].push_back(sides[i]->cpu_us());
      rates[i].push_back(sides[i]->per_second());
      place["rounds"][kinds[i].what].push_back(
          {{"cpu_us_per_client", costs[i].back()}, {"clients_per_s", rates[i].back()}});
    }
  }
  table rows{{"", "CPU µs/client", "clients/s"}};
  for (std::size_t i = 0; i < std::size(kinds); ++i)
    rows.add({kinds[i].what, number(median(costs[i]), 1), number(median(rates[i]), 0)});
  rows.print(out.out());
  out.limit('p', "CPU µs to connect and subscribe to a stream of its own", 60, median(costs[3]), 1);
  out.limit('p', "CPU µs to connect and subscribe to one stream with all others", 60, median(costs[2]), 1);
}

}  // namespace ability::load
