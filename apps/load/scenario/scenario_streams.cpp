#include "apps/load/scenario/scenario_streams.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "apps/load/scenario/scenario_json.hpp"
#include "config/option_types.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/result.hpp"

namespace ability::load {
namespace {

constexpr std::string_view number = "{n}";

/// The parts of a pattern before and after the number.
struct pattern_parts {
  explicit pattern_parts(std::string_view pattern)
      : numbered{pattern.find(number) != std::string_view::npos},
        begin{pattern.substr(0, pattern.find(number))},
        end{numbered ? pattern.substr(begin.size() + number.size()) : std::string_view{}} {}

  bool numbered;
  std::string_view begin;
  std::string_view end;
};

std::string stream_name(const pattern_parts& parts, std::size_t n) {
  std::string name{parts.begin};
  if (parts.numbered)
    name += std::to_string(n);
  return name.append(parts.end);
}

bool has_stream(const stream_set& set, std::string_view name) {
  const pattern_parts parts{set.pattern};
  if (!parts.numbered)
    return name == set.pattern;
  if (name.size() <= parts.begin.size() + parts.end.size() || !name.starts_with(parts.begin) ||
      !name.ends_with(parts.end))
    return false;
  const auto digits = name.substr(parts.begin.size(), name.size() - parts.begin.size() - parts.end.size());
  const auto n = to_number(digits);
  return n && *n < set.count && (digits.size() == 1 || digits.front() != '0');
}

/// The name of a stream that both sets contain.
std::optional<std::string> common_stream(const stream_set& a, const stream_set& b) {
  const auto& fewer = a.count < b.count ? a : b;
  const auto& more = &fewer == &a ? b : a;
  const pattern_parts parts{fewer.pattern};
  for (std::size_t n = 0; n < fewer.count; ++n)
    if (auto name = stream_name(parts, n); has_stream(more, name))
      return name;
  return std::nullopt;
}

}  // namespace

std::optional<scenario_error> check_streams(const std::vector<stream_set>& sets) {
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto path = member_path("streams", sets[i].name);
    const pattern_parts parts{sets[i].pattern};
    if (!parts.numbered && sets[i].count > 1)
      return scenario_error{path, "must have {n} in its name, as there are " + std::to_string(sets[i].count)};
    if (parts.end.find(number) != std::string_view::npos)
      return scenario_error{path, "must have {n} once in its name"};
    for (std::size_t j = 0; j < i; ++j)
      if (const auto name = common_stream(sets[j], sets[i]))
        return scenario_error{
            path, "has the stream " + excerpt(*name) + ", which " + member_path("streams", sets[j].name) + " has, too"};
  }
  return std::nullopt;
}

}  // namespace ability::load
