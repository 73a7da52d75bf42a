/// Whether a client that has to answer pings does so.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace ability {

/// One client's debt. Whatever is heard from it pays: a client that speaks is there.
class pong_watch {
public:
  using clock = std::chrono::steady_clock;

  /// `timeout`: how long an answer may take, above 0.
  explicit pong_watch(std::chrono::milliseconds timeout) : timeout_{timeout} {}

  /// A ping goes out, and the next one `interval` later. The first that is not answered counts.
  void pinged(clock::time_point now, std::chrono::milliseconds interval) {
    next_ping_ = now + interval;
    if (!deadline_)
      deadline_ = now + timeout_;
  }

  void heard() noexcept { deadline_.reset(); }

  /// The client could not be heard until now.
  void start_again(clock::time_point now) { deadline_ = now + timeout_; }

  bool is_ping_due(clock::time_point now) const noexcept { return now >= next_ping_; }
  bool is_overdue(clock::time_point now) const noexcept { return deadline_ && now >= *deadline_; }

  /// Until one of both is so.
  std::chrono::milliseconds until_due(clock::time_point now) const {
    const auto next = deadline_ ? std::min(next_ping_, *deadline_) : next_ping_;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(next - now), std::chrono::milliseconds{1});
  }

  /// The first ping goes out `delay` from `now`.
  void start(clock::time_point now, std::chrono::milliseconds delay) { next_ping_ = now + delay; }

private:
  std::chrono::milliseconds timeout_;
  clock::time_point next_ping_{};
  std::optional<clock::time_point> deadline_;
};

}  // namespace ability
