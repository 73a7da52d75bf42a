#include "net/lane/timer_wheel.hpp"

#include <algorithm>

namespace ability {

timer_wheel::timer_wheel(boost::asio::io_context& io) : clock_{io} {}

void timer_wheel::set(wheel_timer& timer, std::chrono::milliseconds delay) {
  timer.unlink();
  // One more tick, as the current one has partly passed.
  timer.due_ = now_ + static_cast<std::uint32_t>((delay + tick - std::chrono::milliseconds{1}) / tick) + 1;
  slots_[timer.due_ % slots_.size()].push_back(timer);
}

void timer_wheel::start() {
  clock_.expires_after(tick);
  wait();
}

void timer_wheel::wait() {
  clock_.async_wait([this](const boost::system::error_code& error) {
    if (error)
      return;
    // Catches up on ticks missed while the lane was busy.
    while (clock_.expiry() <= std::chrono::steady_clock::now()) {
      clock_.expires_at(clock_.expiry() + tick);
      advance();
    }
    wait();
  });
}

void timer_wheel::advance() {
  ++now_;
  timer_list due;
  auto& slot = slots_[now_ % slots_.size()];
  for (auto it = slot.begin(); it != slot.end();) {
    auto& timer = *it++;
    if (timer.due_ != now_)
      continue;  // due in a later round
    timer.unlink();
    due.push_back(timer);
  }
  while (!due.empty()) {
    auto& timer = due.front();
    timer.unlink();
    timer.on_timer();
  }
}

}  // namespace ability
