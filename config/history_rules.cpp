#include "config/history_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/option_types.hpp"
#include "protocol/text/pattern.hpp"
#include "protocol/text/trimmed.hpp"

namespace ability {

namespace {

constexpr std::uint64_t most_publications = 1'000'000;
constexpr std::chrono::hours longest_ttl{720};

// Applies one `limit=N` or `ttl=TIME`.
bool set_bound(std::string_view setting, history_rule& to) {
  const auto equals = std::min(setting.find('='), setting.size());
  const auto name = trimmed(setting.substr(0, equals));
  const auto value = trimmed(setting.substr(std::min(equals + 1, setting.size())));
  if (name == "limit") {
    const auto limit = to_number(value);
    if (!limit || *limit == 0 || *limit > most_publications)
      return false;
    to.limit = static_cast<std::size_t>(*limit);
    return true;
  }
  to.ttl = to_duration(value);
  return name == "ttl" && to.ttl && to.ttl->count() > 0 && *to.ttl <= longest_ttl;
}

// True for `a:off,b` of `a:off,b:off`, which has a comma in the place of the semicolon.
bool holds_bounds(std::string_view name) {
  return std::ranges::any_of(std::array{":off,", ":limit=", ":ttl="},
                             [name](const char* each) { return name.find(each) != std::string_view::npos; });
}

std::optional<history_rule> read_rule(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto name = colon == std::string_view::npos ? std::string_view{} : trimmed(text.substr(0, colon));
  if (name.empty() || holds_bounds(name))
    return std::nullopt;
  history_rule rule{.pattern = std::string{name}};
  const auto settings = trimmed(text.substr(colon + 1));
  if (settings == "off") {
    rule.is_off = true;
    return rule;
  }
  const auto parts = split_list(settings);
  if (parts.empty() || !std::ranges::all_of(parts, [&](const auto& each) { return set_bound(each, rule); }))
    return std::nullopt;
  return rule;
}

std::vector<std::string_view> rules_in(std::string_view text) {
  std::vector<std::string_view> rules;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    if (const auto rule = trimmed(text.substr(0, end)); !rule.empty())
      rules.push_back(rule);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rules;
}

}  // namespace

std::optional<std::vector<history_rule>> read_history_rules(std::string_view text) {
  std::vector<history_rule> rules;
  for (const auto& each : rules_in(text)) {
    auto rule = read_rule(each);
    if (!rule)
      return std::nullopt;
    rules.push_back(std::move(*rule));
  }
  return rules;
}

std::string_view wrong_history_rule(std::string_view text) {
  const auto rules = rules_in(text);
  const auto wrong = std::ranges::find_if(rules, [](const auto& each) { return !read_rule(each); });
  return wrong == rules.end() ? std::string_view{} : *wrong;
}

std::vector<unreached_rule> unreached_history_rules(const std::vector<history_rule>& rules) {
  std::vector<unreached_rule> found;
  for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
    const auto first =
        std::find_if(rules.begin(), rule, [&](const auto& each) { return fits_pattern(each.pattern, rule->pattern); });
    if (first != rule)
      found.push_back({rule->pattern, first->pattern});
  }
  return found;
}

std::string history_rules_text(const std::vector<history_rule>& rules) {
  std::string text;
  for (const auto& rule : rules) {
    text.append(text.empty() ? "" : ";").append(rule.pattern).append(":");
    if (rule.is_off) {
      text += "off";
      continue;
    }
    if (rule.limit)
      text.append("limit=").append(std::to_string(*rule.limit));
    if (rule.ttl)
      text.append(rule.limit ? "," : "").append("ttl=").append(from_duration(*rule.ttl));
  }
  return text;
}

}  // namespace ability
