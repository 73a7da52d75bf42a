#include "actors/log.hpp"

#include <atomic>

namespace ability {

namespace {

std::atomic<log_sink> current_sink{nullptr};
std::atomic<log_level> lowest_level{log_level::info};

}  // namespace

void set_log(log_sink sink, log_level lowest) noexcept {
  current_sink.store(sink);
  lowest_level.store(lowest);
}

bool log_enabled(log_level level) noexcept {
  return level >= lowest_level.load(std::memory_order_relaxed) &&
         current_sink.load(std::memory_order_relaxed) != nullptr;
}

void log(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  if (log_enabled(level))
    current_sink.load()(level, message, fields);
}

}  // namespace ability
