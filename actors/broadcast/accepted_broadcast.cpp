#include "actors/broadcast/accepted_broadcast.hpp"

#include <algorithm>

namespace ability {

void ingress_gate::when_open(const void* waiter, std::function<void()> reopened) {
  {
    std::scoped_lock guard{waiters_mutex_};
    const auto known = std::ranges::find(waiters_, waiter, [](const auto& each) { return each.first; });
    if (known != waiters_.end())
      known->second = std::move(reopened);
    else
      waiters_.emplace_back(waiter, std::move(reopened));
  }
  waiting_.store(true);
  if (half_free())
    call_waiters();
}

void ingress_gate::set_bounds(std::size_t max_broadcasts, std::size_t max_bytes) noexcept {
  max_broadcasts_.store(max_broadcasts, std::memory_order_relaxed);
  max_bytes_.store(max_bytes, std::memory_order_relaxed);
  if (waiting_.load() && half_free())
    call_waiters();
}

void ingress_gate::enter(std::size_t bytes) noexcept {
  pending_.fetch_add(1);
  bytes_.fetch_add(bytes);
}

void ingress_gate::leave(std::size_t bytes) noexcept {
  pending_.fetch_sub(1);
  release(bytes);
}

void ingress_gate::hold(std::size_t bytes) noexcept { bytes_.fetch_add(bytes); }

void ingress_gate::release(std::size_t bytes) noexcept {
  bytes_.fetch_sub(bytes);
  if (waiting_.load() && half_free())
    call_waiters();
}

void ingress_gate::call_waiters() {
  if (!waiting_.exchange(false))
    return;
  std::vector<std::pair<const void*, std::function<void()>>> due;
  {
    std::scoped_lock guard{waiters_mutex_};
    due.swap(waiters_);
  }
  for (const auto& [waiter, reopened] : due)
    reopened();
}

}  // namespace ability
