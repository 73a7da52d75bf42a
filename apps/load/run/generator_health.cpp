#include "apps/load/run/generator_health.hpp"

namespace ability::load {

void generator_health::add(bool had_load, double busiest_lane, const histogram& lag) {
  if (!had_load)
    return;
  ++seconds_;
  busy_ += busiest_lane > most_of_a_core ? 1 : 0;
  lag_.merge(lag);
}

std::optional<std::string> generator_health::why_limited() const {
  static constexpr const char* remedy =
      ". Use more lanes or processes, a machine of its own for the generator, or a lower rate.";
  if (busy_ >= 2 && static_cast<double>(busy_) > most_busy_seconds * static_cast<double>(seconds_))
    return "The generator was the bottleneck: a lane was busy all the time in " + std::to_string(busy_) + " of " +
           std::to_string(seconds_) + " seconds with load" + remedy;
  if (const auto lag = lag_.at(0.99); lag > most_lag_ns)
    return "The generator was the bottleneck: its lanes ran " + std::to_string(lag / 1'000'000) +
           " ms behind their own clock (99th percentile)" + remedy;
  return std::nullopt;
}

}  // namespace ability::load
