#include "apps/abilityctl/terminal/human.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace ability {
namespace {

template <class... Ts>
std::string formatted(const char* form, Ts... values) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), form, values...);
  return {text.data(), std::min(static_cast<std::size_t>(size), text.size() - 1)};
}

/// Formats a value below about 1,000.
std::string three_digits(double value) {
  // Thresholds include rounding: 9.996 becomes 10.0.
  return formatted(value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
}

std::int64_t whole(double seconds) { return static_cast<std::int64_t>(seconds); }

}  // namespace

std::string human_bytes(double bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (unit + 1 < units.size() && bytes >= (unit == 0 ? 1'023.5 : 1'023.95)) {
    bytes /= 1'024;
    ++unit;
  }
  return formatted(unit == 0 || bytes >= 99.95 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

std::string human_number(double value) {
  constexpr std::array units{"", "k", "M", "G", "T"};
  if (value < 999.5)
    return value < 9.995 && value != std::floor(value) ? formatted("%.1f", value) : formatted("%.0f", value);
  std::size_t unit = 0;
  while (unit + 1 < units.size() && value >= 999.5) {
    value /= 1'000;
    ++unit;
  }
  return three_digits(value) + units[unit];
}

std::string human_seconds(double seconds) {
  if (!(seconds >= 0) || seconds > 1e12)
    return unknown_figure;
  if (seconds < 9.95)
    return formatted("%.1f s", seconds);
  const auto s = whole(seconds + 0.5);
  if (s < 60)
    return formatted("%lld s", static_cast<long long>(s));
  if (s < 3'600)
    return formatted("%lldm %02llds", static_cast<long long>(s / 60), static_cast<long long>(s % 60));
  if (s < 86'400)
    return formatted("%lldh %02lldm", static_cast<long long>(s / 3'600), static_cast<long long>(s / 60 % 60));
  return formatted("%lldd %lldh", static_cast<long long>(s / 86'400), static_cast<long long>(s / 3'600 % 24));
}

std::string human_milliseconds(double milliseconds) {
  if (milliseconds < 9.995)
    return formatted("%.2f ms", milliseconds);
  if (milliseconds < 999.5)
    return formatted("%.0f ms", milliseconds);
  return milliseconds < 9'950 ? formatted("%.1f s", milliseconds / 1'000) : human_seconds(milliseconds / 1'000);
}

std::string human_timeout(std::chrono::milliseconds time) {
  return formatted("%.7g s", static_cast<double>(time.count()) / 1'000);
}

std::string human_clock(std::int64_t epoch_ms) {
  const auto seconds = static_cast<std::time_t>(epoch_ms / 1'000);
  std::tm local{};
  std::array<char, 16> text{};
  if (::localtime_r(&seconds, &local) == nullptr || std::strftime(text.data(), text.size(), "%H:%M:%S", &local) == 0)
    return unknown_figure;
  return text.data();
}

}  // namespace ability
