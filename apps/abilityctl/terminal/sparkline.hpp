// Sparkline: figures as a row of bars.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace ability {

/// Bars ▁▂▃▄▅▆▇█ for the last `columns` figures, from 0 to their maximum, aligned to the right; a space for a missing
/// figure. The lowest bar means 0.
std::string sparkline(std::span<const std::optional<double>> figures, std::size_t columns);

}  // namespace ability
