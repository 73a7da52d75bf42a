#include "actors/stream/history/log_bounds.hpp"

#include <algorithm>

#include "protocol/text/pattern.hpp"

namespace ability {

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
