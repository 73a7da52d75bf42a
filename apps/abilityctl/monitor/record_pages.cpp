#include "apps/abilityctl/monitor/record_pages.hpp"

#include <algorithm>
#include <utility>

#include "apps/abilityctl/monitor/json_facts.hpp"

namespace ability {
namespace {

constexpr std::size_t largest_page = 1'000;

}  // namespace

answer<json> read_pages(monitor_client& node, const page_request& wanted) {
  auto rows = json::array();
  auto after = wanted.after;
  for (;;) {
    json question{{"limit", std::min(wanted.limit - rows.size(), largest_page)}};
    if (!wanted.filter.empty())
      question["filter"] = wanted.filter;
    if (!after.empty())
      question["after"] = after;
    auto page = node.ask(wanted.verb, question);
    if (!page)
      return page;
    for (const auto& row : array_at(*page, wanted.verb))
      rows.push_back(row);
    // A filtered page may be short or even empty although another one follows.
    const auto next = value_at(*page, "next");
    if (next.is_string() && next != after && rows.size() < wanted.limit) {
      after = next.get<std::string>();
      continue;
    }
    (*page)[wanted.verb] = std::move(rows);
    return page;
  }
}

}  // namespace ability
