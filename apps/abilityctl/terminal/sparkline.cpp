#include "apps/abilityctl/terminal/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ability {

std::string sparkline(std::span<const std::optional<double>> figures, std::size_t columns) {
  constexpr std::array bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (figures.size() > columns)
    figures = figures.last(columns);
  double highest = 0;
  for (const auto& figure : figures)
    highest = std::max(highest, figure.value_or(0));
  std::string out(columns - figures.size(), ' ');
  for (const auto& figure : figures) {
    if (!figure || !std::isfinite(*figure)) {
      out += ' ';
      continue;
    }
    const auto share = highest > 0 ? std::clamp(*figure / highest, 0.0, 1.0) : 0.0;
    // The lowest bar means 0.
    out += bars[static_cast<std::size_t>(std::ceil(share * (bars.size() - 1)))];
  }
  return out;
}

}  // namespace ability
