/// Detection of clients that do not answer pings.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace ability {

/// The pong timeout of one client. Any message of the client counts as an answer.
class pong_watch {
public:
  using clock = std::chrono::steady_clock;

  /// `timeout`: time in which a ping must be answered, above 0.
  explicit pong_watch(std::chrono::milliseconds timeout) : timeout_{timeout} {}

  /// Call when a ping is sent, with the `interval` to the next. The timeout runs from the first unanswered ping.
  void pinged(clock::time_point now, std::chrono::milliseconds interval) {
    next_ping_ = now + interval;
    if (!deadline_)
      deadline_ = now + timeout_;
  }

  void heard() noexcept { deadline_.reset(); }

  /// Restarts the timeout, for a client that was not read until now.
  void start_again(clock::time_point now) { deadline_ = now + timeout_; }

  bool is_ping_due(clock::time_point now) const noexcept { return now >= next_ping_; }
  bool is_overdue(clock::time_point now) const noexcept { return deadline_ && now >= *deadline_; }

  /// Returns the time until a ping is due or the client is overdue, whichever comes first; at least 1 ms.
  std::chrono::milliseconds until_due(clock::time_point now) const {
    const auto next = deadline_ ? std::min(next_ping_, *deadline_) : next_ping_;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(next - now), std::chrono::milliseconds{1});
  }

  /// Schedules the first ping `delay` after `now`.
  void start(clock::time_point now, std::chrono::milliseconds delay) { next_ping_ = now + delay; }

private:
  std::chrono::milliseconds timeout_;
  clock::time_point next_ping_{};
  std::optional<clock::time_point> deadline_;
};

}  // namespace ability
