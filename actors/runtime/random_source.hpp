/// Random numbers for pauses and choices. Names and secrets are made by `random_id` of `protocol/auth/secret.hpp`.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace ability {

/// The same seed gives the same numbers; they can be predicted. One thread at a time.
class random_source {
public:
  explicit random_source(std::uint64_t seed) : engine_{seed} {}
  random_source(const random_source&) = delete;
  random_source& operator=(const random_source&) = delete;

  /// Returns a seed for another source.
  std::uint64_t next_seed() { return engine_(); }

  /// Returns a pause from `shortest` to `longest`, both included.
  std::chrono::milliseconds between(std::chrono::milliseconds shortest, std::chrono::milliseconds longest) {
    return std::chrono::milliseconds{
        std::uniform_int_distribution<std::chrono::milliseconds::rep>{shortest.count(), longest.count()}(engine_)};
  }

private:
  std::mt19937_64 engine_;
};

}  // namespace ability
