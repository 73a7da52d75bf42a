#include "apps/load/report/run_report.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ability::load {
namespace {

void add(group_report& into, const group_report& more) {
  into.clients += more.clients;
  merge(static_cast<group_outcome&>(into), more);
}

void add(second& into, const second& more) {
  into.at_s = std::max(into.at_s, more.at_s);
  // The connections of a rest are already counted by its process.
  into.connections = more.is_rest ? std::max(into.connections, more.connections) : into.connections + more.connections;
  add_counts(into.counted, more.counted);
  into.latency.merge(more.latency);
  into.lag_ns = std::max(into.lag_ns, more.lag_ns);
  into.generator_cores += more.generator_cores;
  if (!into.server)
    into.server = more.server;
}

// Merges in place: it is called every second, and a run may have many seconds.
void add(std::vector<second>& into, const std::vector<second>& more) {
  for (const auto& each : more) {
    const auto place = into.empty() || into.back().number < each.number
                           ? into.end()
                           : std::ranges::lower_bound(into, each.number, {}, &second::number);
    if (place != into.end() && place->number == each.number)
      add(*place, each);
    else
      into.insert(place, each);
  }
}

}  // namespace

const char* name_of(outcome which) noexcept {
  switch (which) {
    case outcome::passed:
      return "passed";
    case outcome::failed:
      return "failed";
    case outcome::generator_limited:
      return "generator limited";
    case outcome::interrupted:
      return "interrupted";
  }
  return "";
}

int exit_code(outcome which) noexcept {
  switch (which) {
    case outcome::passed:
      return 0;
    case outcome::failed:
      return 1;
    case outcome::generator_limited:
      return 3;
    case outcome::interrupted:
      return 130;
  }
  return 1;
}

void merge(run_report& into, const run_report& other) {
  const auto take_if_empty = [](std::string& ours, const std::string& theirs) {
    if (ours.empty())
      ours = theirs;
  };
  take_if_empty(into.scenario, other.scenario);
  take_if_empty(into.about, other.about);
  take_if_empty(into.target, other.target);
  take_if_empty(into.machine, other.machine);
  if (into.began_ms == 0 || (other.began_ms != 0 && other.began_ms < into.began_ms))
    into.began_ms = other.began_ms;
  into.lasted_s = std::max(into.lasted_s, other.lasted_s);
  into.processes += other.processes;
  into.lanes = std::max(into.lanes, other.lanes);
  into.ended = std::max(into.ended, other.ended);  // the later enumerator of `outcome` takes precedence
  for (const auto& note : other.notes)
    if (std::find(into.notes.begin(), into.notes.end(), note) == into.notes.end())
      into.notes.push_back(note);

  merge(static_cast<measurements&>(into), other);
  for (const auto& theirs : other.groups) {
    const auto ours = std::find_if(into.groups.begin(), into.groups.end(),
                                   [&](const group_report& each) { return each.name == theirs.name; });
    if (ours == into.groups.end())
      into.groups.push_back(theirs);
    else
      add(*ours, theirs);
  }
  add(into.seconds, other.seconds);
  if (!into.server_before)
    into.server_before = other.server_before;
  if (!into.server_after)
    into.server_after = other.server_after;
}

void judge(run_report& report, const scenario& plan) {
  report.assertions.clear();
  bool all_held = true;
  for (const auto& each : plan.assertions) {
    const auto actual = count_of(report.total, each.what);
    const bool held = actual >= each.min && actual <= each.max;
    report.assertions.push_back({each, actual, held});
    all_held = all_held && held;
  }
  if (report.ended == outcome::passed || report.ended == outcome::failed)
    report.ended = all_held ? outcome::passed : outcome::failed;
}

}  // namespace ability::load
