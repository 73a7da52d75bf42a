#include "actors/node/log.hpp"

#include <array>
#include <atomic>
#include <cstddef>

namespace ability {

namespace {

std::atomic<log_sink> current_sink{nullptr};
std::atomic<log_level> lowest_level{log_level::info};

}  // namespace

void set_log(log_sink sink, log_level lowest) noexcept {
  current_sink.store(sink);
  lowest_level.store(lowest);
}

std::string_view name_of(log_level level) noexcept {
  static constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(level)];
}

log_level set_log_level(log_level lowest) noexcept { return lowest_level.exchange(lowest); }

bool log_enabled(log_level level) noexcept {
  return level >= lowest_level.load(std::memory_order_relaxed) &&
         current_sink.load(std::memory_order_relaxed) != nullptr;
}

void log(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  if (log_enabled(level))
    current_sink.load()(level, message, fields);
}

}  // namespace ability
