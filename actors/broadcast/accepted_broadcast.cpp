#include "actors/broadcast/accepted_broadcast.hpp"

#include <algorithm>
#include <iterator>

namespace ability {

void ingress_gate::when_open(const void* waiter, std::function<void()> reopened) {
  add({waiter, false, std::move(reopened)});
}

void ingress_gate::when_empty(const void* waiter, std::function<void()> emptied) {
  add({waiter, true, std::move(emptied)});
}

void ingress_gate::forget(const void* waiter) {
  std::scoped_lock guard{waiters_mutex_};
  std::erase_if(waiters_, [waiter](const auto& each) { return each.key == waiter; });
}

void ingress_gate::add(waiter one) {
  {
    std::scoped_lock guard{waiters_mutex_};
    const auto known = std::ranges::find(waiters_, one.key, &waiter::key);
    if (known != waiters_.end())
      *known = std::move(one);
    else
      waiters_.push_back(std::move(one));
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

// A waiter for emptiness stays while something is pending. The loop closes the gap in which the last leaver sees no
// waiter, because this thread holds the list.
void ingress_gate::call_waiters() {
  while (waiting_.exchange(false)) {
    std::vector<waiter> due;
    bool any_stay = false;
    {
      std::scoped_lock guard{waiters_mutex_};
      const auto stays = std::ranges::partition(
          waiters_, [this](const auto& each) { return each.until_empty && pending_.load() != 0; });
      due.assign(std::make_move_iterator(stays.begin()), std::make_move_iterator(stays.end()));
      waiters_.erase(stays.begin(), stays.end());
      any_stay = !waiters_.empty();
    }
    for (const auto& each : due)
      each.call();
    if (!any_stay)
      return;
    waiting_.store(true);
    if (pending_.load() != 0)
      return;
  }
}

}  // namespace ability
