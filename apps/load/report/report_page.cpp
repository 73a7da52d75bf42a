#include "apps/load/report/report_page.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "apps/load/report/report_facts.hpp"
#include "apps/load/report/report_json.hpp"
#include "apps/load/report/report_template.hpp"

namespace ability::load {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t most_steps = 600;

/// Escapes text for HTML content and attributes.
std::string html(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

/// Escapes JSON for a script element, which ends at the first `</script` in any context.
std::string script_json(const json& value) {
  std::string out;
  for (const char letter : value.dump(-1, ' ', false, json::error_handler_t::replace))
    letter == '<' ? out += "\\u003c" : out += letter;
  return out;
}

/// Pairs of the share of values above, and the value in milliseconds.
json curve(const histogram& of) {
  auto points = json::array();
  const auto all = static_cast<double>(of.count());
  auto above = of.count();
  for (const auto& each : of.buckets()) {
    above -= each.count;
    points.push_back(json::array({static_cast<double>(above) / all, ms_of(std::min(each.highest, of.max()))}));
  }
  return points;
}

json page_data(const run_report& report) {
  auto data = report_json(report, most_steps);
  data["curves"] = {{"latency", curve(report.latency)},
                    {"unhurried", curve(report.unhurried)},
                    {"connect", curve(report.connect)},
                    {"subscribe", curve(report.subscribe)},
                    {"publish", curve(report.publish)}};
  if (report.server_before)
    data["cpu_before_s"] = report.server_before->cpu_s;
  for (std::size_t i = 0; i < report.assertions.size(); ++i)
    data["assertions"][i]["wanted"] = wanted(report.assertions[i].what);
  return data;
}

}  // namespace

std::string report_page(const run_report& report) {
  const std::array<std::pair<std::string_view, std::string>, 4> parts{
      {{"@POLICY@", html(report_template_policy)},
       {"@TITLE@", html(report.scenario.empty() ? "Load test" : report.scenario)},
       {"@HEADLINE@", html(headline(report))},
       {"@REPORT@", script_json(page_data(report))}}};
  // Search for placeholders in the template only: the inserted data may contain the same text.
  std::string out;
  auto rest = report_template;
  while (!rest.empty()) {
    const auto* next = &parts.front();
    for (const auto& each : parts)
      if (rest.find(each.first) < rest.find(next->first))
        next = &each;
    const auto at = rest.find(next->first);
    out += rest.substr(0, at);
    if (at == std::string_view::npos)
      break;
    out += next->second;
    rest.remove_prefix(at + next->first.size());
  }
  return out;
}

}  // namespace ability::load
