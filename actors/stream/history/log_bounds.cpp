#include "actors/stream/history/log_bounds.hpp"

#include <algorithm>
#include <cstddef>

namespace ability {

// Linear in the product of both sizes at worst: the last `*` alone is tried again.
bool fits_pattern(std::string_view pattern, std::string_view text) noexcept {
  constexpr auto none = std::string_view::npos;
  std::size_t at = 0;
  std::size_t in_text = 0;
  std::size_t star = none;
  std::size_t star_text = 0;
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_text = in_text;
    } else if (at < pattern.size() && pattern[at] == text[in_text]) {
      ++at;
      ++in_text;
    } else if (star != none) {
      at = star + 1;
      in_text = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == none;
}

std::optional<history_bounds> log_bounds(const history_settings& how, std::string_view stream) {
  if (how.broker == history_broker::none)
    return std::nullopt;
  const auto found =
      std::ranges::find_if(how.rules, [stream](const auto& rule) { return fits_pattern(rule.pattern, stream); });
  auto bounds = how.bounds;
  if (found != how.rules.end()) {
    if (found->is_off)
      return std::nullopt;
    bounds.limit = found->limit.value_or(bounds.limit);
    bounds.ttl = found->ttl.value_or(bounds.ttl);
  }
  if (bounds.limit == 0 || bounds.ttl.count() == 0)
    return std::nullopt;
  return bounds;
}

bool may_get_position(const lane_home& home, const broadcast& message) {
  if (message.transient)
    return false;
  const auto& how = home.settings.history;
  if (how.broker == history_broker::automatic)
    return home.here.lanes[home.here.lane_of(message.stream)]->logged.may_hold(message.stream);
  return log_bounds(how, message.stream).has_value();
}

}  // namespace ability
