#include "apps/load/links/lane_timers.hpp"

namespace ability::load {

void lane_timers::arm() {
  if (waiting_.empty() || waiting_.begin()->at_ns >= armed_)
    return;
  armed_ = waiting_.begin()->at_ns;
  clock_.expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{armed_}});
  clock_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    if (!error && !alive.expired())
      on_clock();
  });
}

void lane_timers::on_clock() {
  armed_ = never;
  const auto now = monotonic_ns();
  // Timers created from now on wait for the next turn; timers in the past would otherwise block the lane.
  earliest_ = now + 1;
  while (!waiting_.empty() && waiting_.begin()->at_ns <= now) {
    auto& next = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    const auto due = std::move(next.due);
    due();
  }
  earliest_ = std::numeric_limits<std::int64_t>::min();
  arm();
}

}  // namespace ability::load
