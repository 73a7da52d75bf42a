#include "apps/load/scenario/scaled.hpp"

#include <algorithm>
#include <cmath>

namespace ability::load {
namespace {

double scaled_rate(double rate, double factor) { return std::max(rate * factor, std::min(rate, 1.0)); }

void scale_steps(std::vector<step>& steps, double factor) {
  for (auto& each : steps) {
    if (auto* publish = std::get_if<publish_step>(&each.what))
      publish->at.per_second = scaled_rate(publish->at.per_second, factor);
    else if (auto* repeat = std::get_if<repeat_step>(&each.what))
      scale_steps(repeat->steps, factor);
  }
}

}  // namespace

scenario scaled(scenario plan, double factor) {
  for (auto& group : plan.clients) {
    const auto before = static_cast<double>(group.count);
    const auto after = std::max(1.0, std::round(before * factor));
    group.count = static_cast<std::size_t>(after);
    group.ramp = scaled_rate(group.ramp, factor);
    scale_steps(group.steps, factor * before / after);
  }
  for (auto& each : plan.assertions) {
    if (factor < 1)
      each.min = std::min<std::uint64_t>(each.min, 1);
    if (factor > 1 && each.max != 0)
      each.max = std::numeric_limits<std::uint64_t>::max();
  }
  return plan;
}

}  // namespace ability::load
