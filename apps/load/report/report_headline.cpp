// The outcome of a run as a sentence: see `report_facts.hpp`.
#include <algorithm>
#include <array>
#include <cstdio>

#include "apps/load/report/report_facts.hpp"

namespace ability::load {
namespace {

std::string with_digits(const char* form, double value) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), form, value);
  return {text.data(), std::min(static_cast<std::size_t>(size), text.size() - 1)};
}

std::string counted(std::uint64_t count, const char* one, const char* more) {
  return with_commas(count) + ' ' + (count == 1 ? one : more);
}

/// The successful actions of a run.
std::string successes(const run_report& report) {
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
    return counted(delivered, "message", "messages") + " delivered, " + (lost == 0 ? "none" : with_commas(lost)) +
           " lost" + p99(report.latency);
  }
  if (const auto connected = count_of(report.total, tally::connected); connected > 0)
    return counted(connected, "connection", "connections") + " let in" + p99(report.connect);
  if (const auto published = count_of(report.total, tally::published); published > 0)
    return counted(published, "message", "messages") + " published" + p99(report.publish);
  return "nobody was let in and nothing was delivered";
}

/// All actions of a run, without a judgement.
std::string deeds(const run_report& report) {
  auto out = successes(report);
  const auto add = [&](tally which, const char* one, const char* more) {
    if (const auto count = count_of(report.total, which); count > 0)
      out += ", " + counted(count, one, more);
  };
  if (count_of(report.total, tally::delivered) == 0)
    add(tally::lost, "lost", "lost");
  add(tally::missed, "missed", "missed");
  add(tally::refused, "refused", "refused");
  add(tally::unmet, "expectation unmet", "expectations unmet");
  add(tally::failed_clients, "client failed", "clients failed");
  return out;
}

std::string failures(const run_report& report) {
  std::string out;
  for (const auto& each : report.assertions)
    if (!each.held)
      out += (out.empty() ? "" : "; ") + std::string{name_of(each.what.what)} + " is " + with_commas(each.actual) +
             ", which had to be " + wanted(each.what);
  return out.empty() ? deeds(report) : out;
}

}  // namespace

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

}  // namespace ability::load
