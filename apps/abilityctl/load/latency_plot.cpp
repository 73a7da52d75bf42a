#include "apps/abilityctl/load/latency_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "apps/abilityctl/terminal/human.hpp"
#include "apps/load/report/report_facts.hpp"

namespace ability {
namespace {

constexpr int rows = 10;
constexpr std::size_t label_columns = 9;
constexpr std::size_t most_columns = 100;
constexpr std::size_t usual_columns = 80;

std::string three_digits(double value, const char* unit) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(),
                value < 9.995   ? "%.2f %s"
                : value < 99.95 ? "%.1f %s"
                                : "%.0f %s",
                value, unit);
  return text.data();
}

std::string to_the_right(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, width_of(text)), ' ') + text;
}

/// Logarithmic axis from below the lowest median to the maximum; spans at least a factor of ten.
struct log_axis {
  double low;
  double high;

  static log_axis of(const std::vector<load::second>& steps) {
    double low = 0;
    double high = 1;
    for (const auto& each : steps)
      if (each.latency.count() > 0) {
        const auto median = std::max(1.0, static_cast<double>(each.latency.at(0.5)));
        low = low == 0 ? median : std::min(low, median);
        high = std::max(high, static_cast<double>(each.latency.max()));
      }
    return {std::min(low / 2.5, high / 10), high};
  }

  double at(double share) const { return low * std::pow(high / low, share); }

  /// Number of rows that a bar of this latency fills.
  int filled(std::int64_t ns) const {
    const auto share = std::log(std::max(1.0, static_cast<double>(ns)) / low) / std::log(high / low);
    return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * rows));
  }
};

struct bar {
  int p50;
  int p99;
  int max;

  const char* at(int row) const { return row < p50 ? "█" : row < p99 ? "▒" : row < max ? "·" : " "; }
};

}  // namespace

std::string human_nanoseconds(std::int64_t ns) {
  const auto value = static_cast<double>(ns);
  if (value < 999.5)
    return std::to_string(ns) + " ns";
  if (value < 999.5e3)
    return three_digits(value / 1e3, "µs");
  if (value < 999.5e6)
    return three_digits(value / 1e6, "ms");
  return value < 59.5e9 ? three_digits(value / 1e9, "s") : human_seconds(value / 1e9);
}

std::vector<std::string> latency_plot(const std::vector<load::second>& seconds, const text_style& style) {
  const auto had = std::count_if(seconds.begin(), seconds.end(), [](const auto& x) { return x.latency.count() > 0; });
  const auto all_columns = style.columns > 0 ? style.columns : usual_columns;
  if (had < 2 || all_columns < label_columns + 22)
    return {};
  const auto room = std::min(all_columns - label_columns - 3, most_columns);
  const auto steps = load::in_steps(seconds, room);
  const auto width = std::max<std::size_t>(room / steps.size(), 1);
  const auto axis = log_axis::of(steps);
  std::vector<bar> bars;
  bars.reserve(steps.size());
  for (const auto& each : steps)
    bars.push_back(each.latency.count() == 0
                       ? bar{0, 0, 0}
                       : bar{std::max(1, axis.filled(each.latency.at(0.5))), axis.filled(each.latency.at(0.99)),
                             axis.filled(each.latency.max())});
  const auto bold = [&](const std::string& text) { return style.ansi ? "\x1b[1m" + text + "\x1b[0m" : text; };
  std::vector<std::string> lines{bold("LATENCY OVER TIME") + "  █ p50  ▒ p99  · max"};
  for (int row = rows - 1; row >= 0; --row) {
    const bool labelled = (rows - 1 - row) % 3 == 0;
    auto line = labelled ? to_the_right(human_nanoseconds(static_cast<std::int64_t>(axis.at((row + 1.0) / rows))),
                                        label_columns) +
                               " ┤"
                         : std::string(label_columns, ' ') + " │";
    for (const auto& each : bars)
      for (std::size_t i = 0; i < width; ++i)
        line += each.at(row);
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  auto floor = std::string(label_columns, ' ') + " └";
  for (std::size_t i = 0; i < bars.size() * width; ++i)
    floor += "─";
  lines.push_back(std::move(floor));
  const auto end = human_seconds(steps.back().at_s);
  lines.push_back(std::string(label_columns + 2, ' ') + "0 s" +
                  to_the_right(end, std::max(bars.size() * width, end.size() + 4) - 3));
  return lines;
}

}  // namespace ability
