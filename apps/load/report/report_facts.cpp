#include "apps/load/report/report_facts.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace ability::load {
namespace {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

/// The seconds from the first with a count of some kind to the last.
struct span {
  std::size_t first;
  std::size_t end;
  double from_s;
  double to_s;
  std::uint64_t count;
};

std::optional<span> span_of(const run_report& report, tally what) {
  const auto& all = report.seconds;
  std::optional<span> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto count = count_of(all[i].counted, what);
    if (count == 0)
      continue;
    if (!found)
      found = span{i, 0, i == 0 ? 0 : all[i - 1].at_s, 0, 0};
    found->end = i + 1;
    found->to_s = all[i].at_s;
    found->count += count;
  }
  return found;
}

std::optional<double> rate_of(const span& busy) {
  const auto lasted = busy.to_s - busy.from_s;
  return lasted > 0 ? std::optional{static_cast<double>(busy.count) / lasted} : std::nullopt;
}

std::optional<double> growth(const std::optional<server_sample>& from, const std::optional<server_sample>& to) {
  // A decrease means that it is another process.
  return from && to && to->cpu_s >= from->cpu_s ? std::optional{to->cpu_s - from->cpu_s} : std::nullopt;
}

}  // namespace

std::string with_commas(std::uint64_t count) {
  auto digits = std::to_string(count);
  for (auto at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, ",");
  return digits;
}

std::string wanted(const assertion& what) {
  if (what.min == what.max)
    return with_commas(what.min);
  if (what.max == unlimited)
    return what.min == 0 ? "anything" : "at least " + with_commas(what.min);
  return what.min == 0 ? "at most " + with_commas(what.max) : with_commas(what.min) + " to " + with_commas(what.max);
}

std::optional<std::pair<std::string, std::uint64_t>> most_met(const run_report& report) {
  std::map<std::string, std::uint64_t> all;
  for (const auto& group : report.groups)
    for (const auto& [what, clients] : group.troubles)
      all[what] += clients;
  const auto most = std::ranges::max_element(all, {}, [](const auto& each) { return each.second; });
  if (most == all.end())
    return std::nullopt;
  return *most;
}

std::optional<busy_time> busy_time_of(const run_report& report) {
  const auto& all = report.seconds;
  const auto published = span_of(report, tally::published);
  const auto delivered = span_of(report, tally::delivered);
  const auto& span = delivered ? delivered : published;
  if (!span)
    return std::nullopt;
  const auto& after = all[span->end - 1].server;
  return busy_time{.from_s = span->from_s,
                   .to_s = span->to_s,
                   .delivered = delivered ? delivered->count : 0,
                   .published_per_s = published ? rate_of(*published) : std::nullopt,
                   .delivered_per_s = delivered ? rate_of(*delivered) : std::nullopt,
                   .server_cpu_s = growth(span->first == 0 ? report.server_before : all[span->first - 1].server,
                                          !after && span->end == all.size() ? report.server_after : after)};
}

std::optional<server_use> server_use_of(const run_report& report) {
  std::vector<server_sample> all;
  const auto add = [&all](const std::optional<server_sample>& sample) {
    if (sample)
      all.push_back(*sample);
  };
  add(report.server_before);
  for (const auto& each : report.seconds)
    add(each.server);
  add(report.server_after);
  if (all.empty())
    return std::nullopt;
  server_use use{.cpu_s = growth(all.front(), all.back()),
                 .cpu_us_per_delivery = {},
                 .rss_before = all.front().rss_bytes,
                 .rss_after = all.back().rss_bytes,
                 .rss_most = 0,
                 .descriptors_before = all.front().descriptors,
                 .descriptors_after = all.back().descriptors};
  for (const auto& each : all)
    use.rss_most = std::max(use.rss_most, each.rss_bytes);
  if (all.size() == 1)
    use.cpu_s.reset();
  const auto busy = busy_time_of(report);
  if (busy && busy->delivered > 0 && busy->server_cpu_s)
    use.cpu_us_per_delivery = *busy->server_cpu_s * 1e6 / static_cast<double>(busy->delivered);
  return use;
}

std::vector<second> in_steps(const std::vector<second>& seconds, std::size_t most) {
  const auto each_step = most == 0 ? 1 : std::max<std::size_t>((seconds.size() + most - 1) / most, 1);
  std::vector<second> steps;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const auto& next = seconds[i];
    if (i % each_step == 0) {
      steps.push_back(next);
      continue;
    }
    auto& step = steps.back();
    const auto share = (next.at_s - seconds[i - 1].at_s);
    const auto before_s = i < each_step ? 0.0 : seconds[i / each_step * each_step - 1].at_s;
    const auto whole = next.at_s - before_s;
    if (whole > 0)
      step.generator_cores += (next.generator_cores - step.generator_cores) * share / whole;
    step.at_s = next.at_s;
    step.connections = next.connections;
    add_counts(step.counted, next.counted);
    step.latency.merge(next.latency);
    step.lag_ns = std::max(step.lag_ns, next.lag_ns);
    if (next.server)
      step.server = next.server;
  }
  return steps;
}

}  // namespace ability::load
