#include "apps/load/report/report_json.hpp"

#include <array>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>

#include "apps/load/report/report_facts.hpp"

namespace ability::load {
namespace {

using json = nlohmann::ordered_json;

std::string utc(std::int64_t epoch_ms) {
  const auto seconds = static_cast<std::time_t>(epoch_ms / 1'000);
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&seconds, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
    return {};
  return text.data();
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json{};
}

json descriptors_or_null(std::int64_t count) { return count < 0 ? json{} : json(count); }

json json_of(const tallies& counted) {
  auto out = json::object();
  for (std::size_t i = 0; i < tally_count; ++i)
    out[name_of(static_cast<tally>(i))] = counted[i];
  return out;
}

json json_of(const histogram& of) {
  json out{{"count", of.count()}};
  const auto put = [&](const char* name, double ms) { out[name] = of.count() > 0 ? json(ms) : json{}; };
  put("mean", ms_of(of.mean()));
  put("min", ms_of(of.min()));
  put("p50", ms_of(of.at(0.5)));
  put("p90", ms_of(of.at(0.9)));
  put("p99", ms_of(of.at(0.99)));
  put("p99_9", ms_of(of.at(0.999)));
  put("max", ms_of(of.max()));
  return out;
}

json json_of(const std::optional<busy_time>& busy) {
  if (!busy)
    return {};
  return {{"from_s", busy->from_s},
          {"to_s", busy->to_s},
          {"published_per_s", or_null(busy->published_per_s)},
          {"delivered_per_s", or_null(busy->delivered_per_s)}};
}

json json_of(const std::optional<server_use>& use) {
  if (!use)
    return {};
  return {{"cpu_s", or_null(use->cpu_s)},
          {"cpu_us_per_delivery", or_null(use->cpu_us_per_delivery)},
          {"rss_before_bytes", use->rss_before},
          {"rss_after_bytes", use->rss_after},
          {"rss_most_bytes", use->rss_most},
          {"descriptors_before", descriptors_or_null(use->descriptors_before)},
          {"descriptors_after", descriptors_or_null(use->descriptors_after)}};
}

json json_of(const group_report& group) {
  auto troubles = json::object();
  for (const auto& [what, clients] : group.troubles)
    troubles[what] = clients;
  return {{"name", group.name},
          {"protocol", name_of(group.speaks)},
          {"clients", group.clients},
          {"completed", group.completed},
          {"troubles", troubles}};
}

json json_of(const assertion_result& result) {
  const auto max = result.what.max;
  return {{"tally", name_of(result.what.what)},
          {"min", result.what.min},
          {"max", max == std::numeric_limits<std::uint64_t>::max() ? json{} : json(max)},
          {"actual", result.actual},
          {"held", result.held}};
}

json json_of(const second& each) {
  json server;
  if (each.server)
    server = {{"cpu_s", each.server->cpu_s},
              {"rss_bytes", each.server->rss_bytes},
              {"descriptors", descriptors_or_null(each.server->descriptors)}};
  return {{"at_s", each.at_s},
          {"connections", each.connections},
          {"counted", json_of(each.counted)},
          {"latency_ms", json_of(each.latency)},
          {"lag_ms", ms_of(each.lag_ns)},
          {"generator_cores", each.generator_cores},
          {"server", server}};
}

template <class T>
json array_of(const std::vector<T>& all) {
  auto out = json::array();
  for (const auto& each : all)
    out.push_back(json_of(each));
  return out;
}

std::string one_word(std::string words) {
  for (auto& letter : words)
    letter = letter == ' ' ? '_' : letter;
  return words;
}

}  // namespace

json report_json(const run_report& report, std::size_t most_seconds) {
  const bool too_many = most_seconds > 0 && report.seconds.size() > most_seconds;
  return {{"format", "ability-load-report"},
          {"version", 1},
          {"scenario", report.scenario},
          {"about", report.about},
          {"target", report.target},
          {"began_at", utc(report.began_ms)},
          {"lasted_s", report.lasted_s},
          {"machine", report.machine},
          {"processes", report.processes},
          {"lanes", report.lanes},
          {"outcome", one_word(name_of(report.ended))},
          {"exit_code", exit_code(report.ended)},
          {"headline", headline(report)},
          {"notes", report.notes},
          {"totals", json_of(report.total)},
          {"bytes_received", report.bytes_received},
          {"latency_ms", json_of(report.latency)},
          {"unhurried_ms", json_of(report.unhurried)},
          {"connect_ms", json_of(report.connect)},
          {"subscribe_ms", json_of(report.subscribe)},
          {"publish_ms", json_of(report.publish)},
          {"lateness_ms", json_of(report.lateness)},
          {"lag_ms", json_of(report.lag)},
          {"busy", json_of(busy_time_of(report))},
          {"server", json_of(server_use_of(report))},
          {"groups", array_of(report.groups)},
          {"assertions", array_of(report.assertions)},
          {"seconds", array_of(too_many ? in_steps(report.seconds, most_seconds) : report.seconds)}};
}

std::string report_json_text(const run_report& report) {
  return report_json(report).dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace ability::load
