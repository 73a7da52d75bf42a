#include "apps/abilityctl/load/load_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <ostream>
#include <utility>
#include <vector>

#include "apps/abilityctl/load/latency_plot.hpp"
#include "apps/abilityctl/terminal/human.hpp"
#include "apps/abilityctl/terminal/table.hpp"
#include "apps/load/report/report_facts.hpp"

namespace ability {
namespace {

using load::count_of;
using load::run_report;
using load::tally;
using load::with_commas;

constexpr double line_each_s = 5;  // where the line cannot be redrawn

std::string coloured(const std::string& text, const char* colour, const text_style& style) {
  return style.ansi ? colour + text + "\x1b[0m" : text;
}

constexpr const char* red = "\x1b[31m";
constexpr const char* green = "\x1b[32m";

const char* colour_of(load::outcome which) {
  switch (which) {
    case load::outcome::passed:
      return "\x1b[1;32m";
    case load::outcome::failed:
      return "\x1b[1;31m";
    default:
      return "\x1b[1;33m";
  }
}

std::string clients(std::uint64_t count) { return with_commas(count) + (count == 1 ? " client" : " clients"); }

std::string local_time(std::int64_t epoch_ms) {
  const auto seconds = static_cast<std::time_t>(epoch_ms / 1'000);
  std::tm local{};
  std::array<char, 32> text{};
  if (::localtime_r(&seconds, &local) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local) == 0)
    return unknown_figure;
  return text.data();
}

std::string what_ran(const run_report& report) {
  const auto plural = [](std::size_t count, const char* what) {
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : what[0] == 'p' ? "es" : "s");
  };
  auto out = printable(report.scenario);
  if (!report.about.empty())
    out += ": " + printable(report.about);
  out += '\n';
  if (!report.target.empty())
    out += "against " + printable(report.target) + ", ";
  out += local_time(report.began_ms) + ", " + human_seconds(report.lasted_s) + '\n';
  out += "from " + plural(report.processes, "process") + " of " + plural(report.lanes, "lane");
  if (!report.machine.empty())
    out += " on " + printable(report.machine);
  return out + '\n';
}

std::string assertions(const run_report& report, const text_style& style) {
  table rows{{{" "}, {"ASSERTED"}, {"IS", true}, {"HAD TO BE"}}};
  for (const auto& each : report.assertions)
    rows.add({each.held ? "✓" : "✗", name_of(each.what.what), with_commas(each.actual), wanted(each.what)});
  const auto lines = rows.lines(style);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i)
    out += (i == 0 ? lines[i] : coloured(lines[i], report.assertions[i - 1].held ? green : red, style)) + '\n';
  return out;
}

/// Table of the tallies that are not zero, and of those that are always shown.
std::string tallies(const run_report& report, const text_style& style) {
  table rows{{{"COUNTED"}, {"", true}, {"A SECOND", true}}};
  const auto busy = load::busy_time_of(report);
  const auto rate_of = [&busy](tally which) -> std::string {
    if (busy && which == tally::published && busy->published_per_s)
      return human_number(*busy->published_per_s);
    if (busy && which == tally::delivered && busy->delivered_per_s)
      return human_number(*busy->delivered_per_s);
    return {};
  };
  for (std::size_t i = 0; i < load::tally_count; ++i) {
    const auto which = static_cast<tally>(i);
    const auto count = report.total[i];
    if (count == 0 && which != tally::delivered && which != tally::lost)
      continue;
    rows.add({name_of(which), with_commas(count), rate_of(which)});
  }
  return rows.text(style);
}

std::string percentiles(const run_report& report, const text_style& style) {
  table rows{{{"TIMES"}, {"COUNT", true}, {"P50", true}, {"P90", true}, {"P99", true}, {"P99.9", true}, {"MAX", true}}};
  const std::array<std::pair<const char*, const load::histogram*>, 7> all{{{"latency", &report.latency},
                                                                           {"unhurried", &report.unhurried},
                                                                           {"connect", &report.connect},
                                                                           {"subscribe", &report.subscribe},
                                                                           {"publish", &report.publish},
                                                                           {"lateness", &report.lateness},
                                                                           {"generator lag", &report.lag}}};
  for (const auto& [name, of] : all)
    if (of->count() > 0)
      rows.add({name, with_commas(of->count()), human_nanoseconds(of->at(0.5)), human_nanoseconds(of->at(0.9)),
                human_nanoseconds(of->at(0.99)), human_nanoseconds(of->at(0.999)), human_nanoseconds(of->max())});
  return rows.rows() > 0 ? rows.text(style) : std::string{};
}

std::string groups(const run_report& report, const text_style& style) {
  table rows{{{"GROUP"}, {"PROTOCOL"}, {"CLIENTS", true}, {"COMPLETED", true}}};
  table troubles{{{"TROUBLES"}, {"", true}}};
  for (const auto& group : report.groups) {
    rows.add({group.name, name_of(group.speaks), with_commas(group.clients), with_commas(group.completed)});
    std::vector<std::pair<std::string, std::uint64_t>> most_first{group.troubles.begin(), group.troubles.end()};
    std::stable_sort(most_first.begin(), most_first.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    for (const auto& [what, count] : most_first)
      troubles.add({group.name + ": " + what, clients(count)});
  }
  std::string out;
  if (rows.rows() > 0)
    out += rows.text(style);
  if (troubles.rows() > 0)
    out += '\n' + troubles.text(style);
  return out;
}

std::string server(const run_report& report) {
  const auto use = load::server_use_of(report);
  if (!use)
    return {};
  const auto bytes = [](std::int64_t count) { return human_bytes(static_cast<double>(count)); };
  std::string out = "server: ";
  if (use->cpu_s)
    out += human_nanoseconds(std::llround(*use->cpu_s * 1e9)) + " of CPU, ";
  if (use->cpu_us_per_delivery)
    out += human_nanoseconds(std::llround(*use->cpu_us_per_delivery * 1'000)) + " for each delivery, ";
  out += "memory " + bytes(use->rss_before) + " → " + bytes(use->rss_after) + ", at most " + bytes(use->rss_most);
  if (use->descriptors_before >= 0 && use->descriptors_after >= 0)
    out += ", descriptors " + std::to_string(use->descriptors_before) + " → " + std::to_string(use->descriptors_after);
  return out + '\n';
}

std::string bar_of(double share) {
  constexpr std::size_t columns = 10;
  const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * columns);
  std::string out;
  for (std::size_t i = 0; i < columns; ++i)
    out += i < full ? "█" : "░";
  return out;
}

}  // namespace

std::string text_of(const run_report& report, const text_style& style) {
  auto out = coloured(headline(report), colour_of(report.ended), style) + '\n';
  for (const auto& note : report.notes)
    out += printable(note) + '\n';
  const auto add = [&out](const std::string& part) {
    if (!part.empty())
      out += '\n' + part;
  };
  add(what_ran(report));
  if (!report.assertions.empty())
    add(assertions(report, style));
  add(tallies(report, style));
  add(percentiles(report, style));
  std::string plot;
  for (const auto& line : latency_plot(report.seconds, style))
    plot += line + '\n';
  add(plot);
  add(groups(report, style));
  add(server(report));
  return out;
}

std::string trouble_of(const run_report& so_far) {
  const auto met = load::most_met(so_far);
  return met ? printable(met->first) + ": " + clients(met->second) : std::string{};
}

std::string line_of(const run_report& so_far, std::optional<double> planned_s, const text_style& style,
                    const std::string& trouble) {
  const auto& seconds = so_far.seconds;
  const bool is_terminal = style.columns > 0;
  const auto at_s = seconds.empty() ? so_far.lasted_s : seconds.back().at_s;
  auto out = human_seconds(at_s);
  if (planned_s && is_terminal)
    out = bar_of(at_s / *planned_s) + ' ' + out;
  else if (planned_s && at_s <= *planned_s)
    out += " of about " + human_seconds(*planned_s);
  if (!seconds.empty()) {
    const auto& last = seconds.back();
    const auto took = last.at_s - (seconds.size() > 1 ? seconds[seconds.size() - 2].at_s : 0);
    const auto rate = [&](tally which, const char* short_name) {
      const auto per_s = human_number(took > 0 ? static_cast<double>(count_of(last.counted, which)) / took : 0) + "/s";
      return is_terminal ? short_name + (' ' + per_s) : per_s + ' ' + name_of(which);
    };
    out += "  " + clients(last.connections);
    if (!trouble.empty())  // before the part that a narrow terminal clips
      out += "  " + trouble;
    out += "  " + rate(tally::published, "pub") + "  " + rate(tally::delivered, "del") + "  p99 " +
           (last.latency.count() > 0 ? human_nanoseconds(last.latency.at(0.99)) : unknown_figure);
  }
  out += "  " + with_commas(count_of(so_far.total, tally::lost)) + " lost";
  return is_terminal ? clipped(out, style.columns) : out;
}

void load_progress::show(const run_report& so_far, const text_style& style, const std::string& trouble) {
  if (style.columns > 0) {
    // Leave the last column free: some terminals go to the next line once it is written.
    const auto line = line_of(so_far, planned_s_, {.columns = style.columns - 1, .ansi = false}, trouble);
    const auto width = width_of(line);
    to_ << '\r' << line << std::string(drawn_ - std::min(drawn_, width), ' ') << std::flush;
    drawn_ = width;
    return;
  }
  const auto at_s = so_far.seconds.empty() ? so_far.lasted_s : so_far.seconds.back().at_s;
  if (at_s < next_s_)
    return;
  next_s_ = at_s + line_each_s - 0.5;  // tolerance: seconds do not end exactly on the tick
  to_ << line_of(so_far, planned_s_, style, trouble) << '\n' << std::flush;
}

void load_progress::clear() {
  if (drawn_ > 0)
    to_ << '\r' << std::string(drawn_, ' ') << '\r' << std::flush;
  drawn_ = 0;
}

}  // namespace ability
