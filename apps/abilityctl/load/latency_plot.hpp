// Latency over time as a plot of characters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/abilityctl/terminal/terminal_text.hpp"
#include "apps/load/report/run_report.hpp"

namespace ability {

/// Nanoseconds in human-readable form: `421 µs`, `1.23 ms`, `12.3 s`, `2m 05s`.
std::string human_nanoseconds(std::int64_t ns);

/// A plot of p50, p99 and max per second with a logarithmic axis of latency. Empty if fewer than two seconds had
/// deliveries.
std::vector<std::string> latency_plot(const std::vector<load::second>& seconds, const text_style& style);

}  // namespace ability
