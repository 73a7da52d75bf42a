// The price of a client that comes back and gets what it missed.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "tests/bench/compare.hpp"
#include "tests/bench/history_scenarios.hpp"
#include "tests/bench/returning_crowd.hpp"
#include "tests/bench/send_calls.hpp"

namespace ability::load {

namespace {

constexpr std::size_t observed = 20;  // clients under strace

struct side {
  comeback how;
  std::string what;
  std::size_t clients;
};

/// Costs of one way to come back, turn by turn; NaN in turns that it had no part in.
struct side_costs {
  std::vector<double> cpu_us;
  std::vector<double> wall_ms;
  std::vector<double> sends;  ///< calls per client, once in a round
  std::vector<double> calls;  ///< to the application, once in a round
};

using costs_by_side = std::map<comeback, side_costs>;

double middle_of(std::vector<double> values) {
  std::erase_if(values, [](double each) { return std::isnan(each); });
  return median(std::move(values));
}

/// The middle of `figure` in each turn, with that of the plain side in the same turn.
template <class Figure>
double middle_beside_plain(const costs_by_side& all, comeback how, std::vector<double> side_costs::*which,
                           Figure&& figure) {
  const auto& mine = all.at(how).*which;
  const auto& plain = all.at(comeback::plain).*which;
  std::vector<double> values;
  for (std::size_t i = 0; i < std::min(mine.size(), plain.size()); ++i)
    values.push_back(figure(mine[i], plain[i]));
  return middle_of(std::move(values));
}

double difference(double mine, double plain) { return mine - plain; }
double relative_difference(double mine, double plain) { return (mine - plain) / plain; }
double quotient(double mine, double plain) { return mine / plain; }

/// One round: daemons of their own, slices of clients in turn.
void measure_round(const bench_settings& settings, const std::vector<side>& sides, const return_plan& plan,
                   std::size_t slice, bool with_sends, costs_by_side& into) {
  std::map<comeback, std::unique_ptr<returning_crowd>> crowds;
  for (const auto& each : sides) {
    auto own = plan;
    own.clients = each.clients + observed;
    crowds.emplace(each.how, std::make_unique<returning_crowd>(settings.where, each.how, own));
  }
  for (std::size_t done = 0; done < plan.clients; done += slice)
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const auto& each = sides[(done / slice + i) % sides.size()];
      auto cost = return_cost{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
      if (done < each.clients)
        cost = crowds.at(each.how)->come_back(slice, slice);
      into[each.how].cpu_us.push_back(cost.cpu_us);
      into[each.how].wall_ms.push_back(cost.wall_ms);
    }
  for (const auto& each : sides) {
    auto& crowd = *crowds.at(each.how);
    into[each.how].calls.push_back(crowd.application_calls());
    if (with_sends)
      into[each.how].sends.push_back(crowd.sends_per_client(observed));
  }
}

void show_sides(report& out, nlohmann::ordered_json& place, const std::vector<side>& sides, std::size_t slice,
                const costs_by_side& all) {
  table rows{{"", "CPU µs/client", "above plain", "× plain", "clients/s", "time × plain", "sends/client",
              "application calls"}};
  for (const auto& [how, what, clients] : sides) {
    const auto& costs = all.at(how);
    rows.add({what, number(middle_of(costs.cpu_us), 1),
              number(middle_beside_plain(all, how, &side_costs::cpu_us, difference), 1),
              number(middle_beside_plain(all, how, &side_costs::cpu_us, relative_difference), 2),
              number(static_cast<double>(slice) * 1e3 / middle_of(costs.wall_ms), 0),
              number(middle_beside_plain(all, how, &side_costs::wall_ms, quotient), 2), number(median(costs.sends), 2),
              number(median(costs.calls), 0)});
    place[what] = {
        {"cpu_us_per_client", costs.cpu_us}, {"wall_ms_per_slice", costs.wall_ms}, {"sends_per_client", costs.sends}};
  }
  rows.print(out.out());
}

void limit_sides(report& out, const std::string& where, std::size_t missed, const costs_by_side& all) {
  const auto limit_side = [&](comeback how, const std::string& who, double most) {
    out.limit('s', "CPU above a plain connect + subscribe, × that: " + who + ", " + where, most,
              middle_beside_plain(all, how, &side_costs::cpu_us, relative_difference), 2);
    out.limit('s', "time until all are back, × that of plain ones: " + who + ", " + where, 1.5,
              middle_beside_plain(all, how, &side_costs::wall_ms, quotient), 2);
  };
  limit_side(comeback::with_history, std::to_string(missed) + " missed", 0.5);
  limit_side(comeback::restored, "sessions restored, " + std::to_string(missed) + " missed", 0.75);
  out.limit('s', "calls that send the confirmation with what was missed, " + where, 1,
            1 + middle_beside_plain(all, comeback::with_history, &side_costs::sends, difference), 2);
  out.limit('s', "calls to the application for restored sessions, " + where, 0,
            median(all.at(comeback::restored).calls), 0);
}

}  // namespace

void history_returns(const bench_settings& settings, report& out) {
  return_plan plan{.clients = settings.quick ? 1'000UL : 5'000UL};
  const std::size_t slice = settings.quick ? 250 : 1'000;
  // One process has all clients, and no more than 20,000 open files: the base protocol gets the rest of them.
  const std::vector<side> sides{{comeback::plain, "connect and subscribe", plan.clients},
                                {comeback::base, "the same by the base protocol", plan.clients * 3 / 5},
                                {comeback::with_history, "and get what was missed", plan.clients},
                                {comeback::restored, "session restored, and the same", plan.clients}};
  auto& place = out.begin('s', number(static_cast<double>(plan.clients), 0) + " clients come back, " +
                                   std::to_string(plan.missed) + " messages of 100 bytes missed by each, " +
                                   number(static_cast<double>(slice), 0) + " clients at once");
  if (!has_daemon(settings, out))
    return;
  const auto no_sends = send_calls::missing();
  if (no_sends)
    out.note("calls that send are not counted: " + *no_sends);
  for (const bool own : {false, true}) {
    plan.own_streams = own;
    const std::string where = own ? "a stream each" : "one stream";
    out.out() << "  " << where << '\n' << std::flush;
    const others_watch others;
    costs_by_side all;
    for (std::size_t round = 0; round < settings.rounds; ++round) {
      show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
      measure_round(settings, sides, plan, slice, !no_sends && round == 0, all);
    }
    show_sides(out, place["rounds"][where], sides, slice, all);
    others.tell(out);
    limit_sides(out, where, plan.missed, all);
  }
}

}  // namespace ability::load
