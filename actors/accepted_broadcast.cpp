#include "actors/accepted_broadcast.hpp"

namespace ability {

void ingress_gate::when_open(std::function<void()> reopened) {
  {
    std::scoped_lock guard{waiter_mutex_};
    waiter_ = std::move(reopened);
  }
  waiting_.store(true);
  if (half_free())
    call_waiter();
}

void ingress_gate::enter(std::size_t bytes) noexcept {
  pending_.fetch_add(1);
  bytes_.fetch_add(bytes);
}

void ingress_gate::leave(std::size_t bytes) noexcept {
  pending_.fetch_sub(1);
  bytes_.fetch_sub(bytes);
  if (waiting_.load() && half_free())
    call_waiter();
}

void ingress_gate::call_waiter() {
  if (!waiting_.exchange(false))
    return;
  std::function<void()> waiter;
  {
    std::scoped_lock guard{waiter_mutex_};
    waiter = std::exchange(waiter_, nullptr);
  }
  if (waiter)
    waiter();
}

}  // namespace ability
