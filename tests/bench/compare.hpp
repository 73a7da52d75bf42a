// Comparison of several servers: rounds in turn or in slices, and the tables of their figures.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/measure.hpp"
#include "tests/bench/scenarios.hpp"

namespace ability::load {

/// The rounds of each server, in the order of `bench_settings::servers`.
template <class Round>
using rounds_by_server = std::map<server_kind, std::vector<Round>>;

/// True if the server is installed and asked for.
bool takes_part(const bench_settings& settings, server_kind kind);

/// Shows a line that the next one overwrites; on a terminal only.
void show_progress(const std::string& what);

/// Calls `what`. A failure is reported and the run goes on; returns true if there was none.
template <class F>
bool or_failure(report& out, F&& what, const std::string& who = {}) {
  try {
    what();
    return true;
  } catch (const interrupted&) {
    throw;
  } catch (const std::exception& e) {
    out.failure((who.empty() ? "" : who + ": ") + e.what());
    return false;
  }
}

/// Runs `measure(kind)` for each server in turn, round by round, so that disturbances of the machine affect all. A
/// server that fails is named, and left out from then on.
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
      given_up[kind] = !or_failure(
          out, [&] { all[kind].push_back(measure(kind, settings)); }, name_of(kind));
    }
  return all;
}

/// Runs the whole plan against one server.
fan_out_round run_alone(server_kind kind, const programs& where, const fan_out_plan& plan);

/// Runs all servers at once, each a slice of the plan in turn while the others wait: this machine's speed changes by
/// half from one second to the next, and so changes for all.
rounds_by_server<fan_out_round> side_by_side(const bench_settings& settings, report& out, const fan_out_plan& plan);

/// Median of one figure over a server's rounds; NaN if it has none.
template <class Round, class Figure>
double middle(const rounds_by_server<Round>& all, server_kind kind, Figure&& figure) {
  std::vector<double> values;
  if (const auto found = all.find(kind); found != all.end())
    for (const auto& round : found->second)
      values.push_back(static_cast<double>(figure(round)));
  return median(std::move(values));
}

/// Median ratio of one figure to that of the server `base`, each round compared with the one next to it.
template <class Round, class Figure>
double ratio(const rounds_by_server<Round>& all, server_kind kind, server_kind base, Figure&& figure) {
  std::vector<double> ratios;
  const auto mine = all.find(kind);
  const auto other = all.find(base);
  if (mine != all.end() && other != all.end())
    for (std::size_t i = 0; i < std::min(mine->second.size(), other->second.size()); ++i)
      ratios.push_back(static_cast<double>(figure(mine->second[i])) / static_cast<double>(figure(other->second[i])));
  return median(std::move(ratios));
}

/// Median ratio of CPU to the bare server's.
double cpu_to_bare(const rounds_by_server<fan_out_round>& all, server_kind kind);

nlohmann::ordered_json to_json(const fan_out_round& r);
nlohmann::ordered_json to_json(const idle_round& r);

template <class Round>
void keep(nlohmann::ordered_json& place, const rounds_by_server<Round>& all) {
  for (const auto& [kind, rounds] : all)
    for (const auto& round : rounds)
      place["rounds"][name_of(kind)].push_back(to_json(round));
}

/// Warns of figures that are distorted by the generator or other programs.
void warn(report& out, const rounds_by_server<fan_out_round>& all);

/// The CPU that other programs use from its construction on, in cores. This process and its children do not count.
class others_watch {
public:
  others_watch();
  /// Notes it if it is much. REQUIRES that all children since have ended, with theirs.
  void tell(report& out) const;

private:
  double ns_;  // of others so far
  std::int64_t start_ = now_ns();
};

/// Prints the table of a fan-out.
void show(const bench_settings& settings, report& out, nlohmann::ordered_json& place,
          const rounds_by_server<fan_out_round>& all);

}  // namespace ability::load
