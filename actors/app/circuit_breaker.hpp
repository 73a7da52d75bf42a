/// Circuit breaker: stops calls to an application that fails most of them, so that callers need not wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace ability {

/// Closed: calls are made. It opens when at least `least_calls` were made within `window` and `failing_share` of them
/// failed. Open: no call is made for `pause`. Half open: `trials` calls are made; if all succeed it closes, else opens.
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

  /// True if a call may be made now. The outcome of each call must be recorded.
  bool allow(time_point now) noexcept;

  /// Records the outcome of a call.
  void record(bool failed, time_point now) noexcept;

  state now_in() const noexcept { return state_; }

private:
  void enter(state next, time_point now) noexcept;

  state state_ = state::closed;
  time_point since_{};  // begin of the window, or of the open state
  unsigned calls_ = 0;
  unsigned failed_ = 0;
  unsigned succeeded_ = 0;  // trial calls
};

/// Returns `closed`, `half_open` or `open`.
std::string_view name_of(circuit_breaker::state which) noexcept;

}  // namespace ability
