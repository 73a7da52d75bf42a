#include "tests/load/harness/report/report_facts.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

namespace ability::load {
namespace {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

std::string with_digits(const char* form, double value) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), form, value);
  return {text.data(), std::min(static_cast<std::size_t>(size), text.size() - 1)};
}

/// What was done, without judging it.
std::string deeds(const run_report& report) {
  const auto p99 = [](const histogram& of) {
    const auto ms = ms_of(of.at(0.99));
    return of.count() == 0 ? std::string{}
                           : ", p99 " +
                                 with_digits(ms < 10    ? "%.2f"
                                             : ms < 100 ? "%.1f"
                                                        : "%.0f",
                                             ms) +
                                 " ms";
  };
  if (const auto delivered = count_of(report.total, tally::delivered); delivered > 0) {
    const auto lost = count_of(report.total, tally::lost);
    return with_commas(delivered) + (delivered == 1 ? " message" : " messages") + " delivered, " +
           (lost == 0 ? "none" : with_commas(lost)) + " lost" + p99(report.latency);
  }
  if (const auto connected = count_of(report.total, tally::connected); connected > 0)
    return with_commas(connected) + (connected == 1 ? " connection" : " connections") + " let in" + p99(report.connect);
  return "nobody was let in and nothing was delivered";
}

std::string failures(const run_report& report) {
  std::string out;
  for (const auto& each : report.assertions)
    if (!each.held)
      out += (out.empty() ? "" : "; ") + std::string{name_of(each.what.what)} + " is " + with_commas(each.actual) +
             ", which had to be " + wanted(each.what);
  return out.empty() ? deeds(report) : out;
}

std::optional<double> growth(const std::optional<server_sample>& from, const std::optional<server_sample>& to) {
  // Less than before: it is another process.
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

std::string headline(const run_report& report) {
  switch (report.ended) {
    case outcome::passed:
      return (report.assertions.empty() ? "Passed, as nothing was asserted: " : "Passed: ") + deeds(report) + '.';
    case outcome::failed:
      return "Failed: " + failures(report) + '.';
    case outcome::generator_limited:
      return "Generator limited: what was measured is the generator, not the server.";
    case outcome::interrupted:
      return "Interrupted after " + with_digits("%.1f", report.lasted_s) + " s: " + deeds(report) + " until then.";
  }
  return {};
}

std::optional<busy_time> busy_time_of(const run_report& report) {
  const auto& all = report.seconds;
  auto what = tally::delivered;
  const auto is_busy = [&what](const second& each) { return count_of(each.counted, what) > 0; };
  if (std::none_of(all.begin(), all.end(), is_busy))
    what = tally::published;
  const auto first = std::find_if(all.begin(), all.end(), is_busy);
  if (first == all.end())
    return std::nullopt;
  const auto end = std::find_if(all.rbegin(), all.rend(), is_busy).base();
  busy_time busy{.from_s = first == all.begin() ? 0 : std::prev(first)->at_s,
                 .to_s = std::prev(end)->at_s,
                 .published = 0,
                 .delivered = 0,
                 .server_cpu_s = {}};
  for (auto each = first; each != end; ++each) {
    busy.published += count_of(each->counted, tally::published);
    busy.delivered += count_of(each->counted, tally::delivered);
  }
  const auto& after = std::prev(end)->server;
  busy.server_cpu_s = growth(first == all.begin() ? report.server_before : std::prev(first)->server,
                             !after && end == all.end() ? report.server_after : after);
  return busy;
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
