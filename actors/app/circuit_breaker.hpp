/// Spares an application that fails most calls, and its callers the wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace ability {

/// Closed: calls are made. Opens when at least `least_calls` were made within `window` and `failing_share` of them
/// failed. Open: none is made for `pause`. Half open: a few are tried; if they all succeed it closes, else it opens.
/// Source: docs/protocols/app-rpc.md "Concurrency, retries, breaker".
class circuit_breaker {
public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class state : std::uint8_t { closed, half_open, open };

  static constexpr std::chrono::seconds window{10};
  static constexpr std::chrono::seconds pause{5};
  static constexpr unsigned least_calls = 10;
  static constexpr double failing_share = 0.8;
  static constexpr unsigned trials = 5;

  /// Whether a call may be made now. Each that is made has to be recorded.
  bool allow(time_point now) noexcept;

  /// How a call went.
  void record(bool failed, time_point now) noexcept;

  state now_in() const noexcept { return state_; }

private:
  void enter(state next, time_point now) noexcept;

  state state_ = state::closed;
  time_point since_{};  // of the window, or of being open
  unsigned calls_ = 0;
  unsigned failed_ = 0;
  unsigned succeeded_ = 0;  // of the trials
};

/// `closed`, `half_open` or `open`.
std::string_view name_of(circuit_breaker::state which) noexcept;

}  // namespace ability
