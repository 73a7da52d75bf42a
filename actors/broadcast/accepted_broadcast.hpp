/// Broadcasts on their way through the node, and the bound on how many there are.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "protocol/publication/publication.hpp"

namespace ability {

/// Bounds what was accepted but not yet handed to every outbox, in messages and in bytes
/// (docs/ARCHITECTURE.md "Bounds"). Any thread may call any function.
class ingress_gate {
public:
  ingress_gate(std::size_t max_broadcasts, std::size_t max_bytes) noexcept
      : max_broadcasts_{max_broadcasts}, max_bytes_{max_bytes} {}
  ingress_gate(const ingress_gate&) = delete;
  ingress_gate& operator=(const ingress_gate&) = delete;

  /// Whether no more may be accepted now. What comes in one publication is accepted or refused as a whole, so the
  /// bound can be exceeded by one publication per source.
  bool full() const noexcept {
    return pending() >= max_broadcasts_.load(std::memory_order_relaxed) ||
           bytes_.load(std::memory_order_relaxed) >= max_bytes_.load(std::memory_order_relaxed);
  }

  /// Replaces both bounds.
  void set_bounds(std::size_t max_broadcasts, std::size_t max_bytes) noexcept;

  /// How many broadcasts are pending.
  std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }

  /// Has `reopened` called, once, when half of the bound is free again; by any thread, possibly at once.
  /// Replaces what `waiter` has set before; it is a name only. For sources that stop reading while the gate is full.
  void when_open(const void* waiter, std::function<void()> reopened);

  void enter(std::size_t bytes) noexcept;
  void leave(std::size_t bytes) noexcept;

  /// The same for bytes that broadcasts became on their way, which belong to none of them alone.
  void hold(std::size_t bytes) noexcept;
  void release(std::size_t bytes) noexcept;

private:
  // In one order with `waiting_`: of a leaver and a waiter at least one sees what the other did.
  bool half_free() const noexcept {
    return pending_.load() <= max_broadcasts_.load(std::memory_order_relaxed) / 2 &&
           bytes_.load() <= max_bytes_.load(std::memory_order_relaxed) / 2;
  }
  void call_waiters();

  std::atomic<std::size_t> max_broadcasts_;
  std::atomic<std::size_t> max_bytes_;
  std::atomic<std::size_t> pending_{0};
  std::atomic<std::size_t> bytes_{0};
  std::atomic<bool> waiting_{false};
  std::mutex waiters_mutex_;
  std::vector<std::pair<const void*, std::function<void()>>> waiters_;  // a few: Redis and the links
};

/// A broadcast that was accepted: pending at the gate until the last reference to it is gone.
class accepted_broadcast {
public:
  accepted_broadcast(broadcast content, ingress_gate& gate)
      : content_{std::move(content)}, accepted_at_{std::chrono::steady_clock::now()}, gate_{gate} {
    gate_.enter(content_.data.size());
  }
  accepted_broadcast(const accepted_broadcast&) = delete;
  accepted_broadcast& operator=(const accepted_broadcast&) = delete;
  ~accepted_broadcast() { gate_.leave(content_.data.size()); }

  const broadcast& content() const noexcept { return content_; }
  std::chrono::steady_clock::time_point accepted_at() const noexcept { return accepted_at_; }

private:
  broadcast content_;
  std::chrono::steady_clock::time_point accepted_at_;
  ingress_gate& gate_;
};

/// Shared by the messages that carry the broadcast and by the batches that were made from it.
using broadcast_ptr = std::shared_ptr<const accepted_broadcast>;

}  // namespace ability
