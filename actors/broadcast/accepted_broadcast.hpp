/// Tracked broadcasts, and the bound on pending ones.
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

/// Bounds the broadcasts that were accepted but not yet handed to every outbox, in messages and in bytes
/// (docs/ARCHITECTURE.md "Bounds"). Any thread may call any function.
class ingress_gate {
public:
  ingress_gate(std::size_t max_broadcasts, std::size_t max_bytes) noexcept
      : max_broadcasts_{max_broadcasts}, max_bytes_{max_bytes} {}
  ingress_gate(const ingress_gate&) = delete;
  ingress_gate& operator=(const ingress_gate&) = delete;

  /// True if nothing may be accepted now. A publication is accepted or refused as a whole, so the bound can be exceeded
  /// by one publication per source.
  bool full() const noexcept {
    return pending() >= max_broadcasts_.load(std::memory_order_relaxed) ||
           bytes_.load(std::memory_order_relaxed) >= max_bytes_.load(std::memory_order_relaxed);
  }

  /// Replaces both bounds.
  void set_bounds(std::size_t max_broadcasts, std::size_t max_bytes) noexcept;

  /// The number of pending broadcasts.
  std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }

  /// Calls `reopened` once, on any thread and possibly at once, when half of both bounds is free again. `waiter` is
  /// only a key: a second call with it replaces the first. For sources that stop reading while the gate is full.
  void when_open(const void* waiter, std::function<void()> reopened);

  /// The same, when nothing is pending.
  void when_empty(const void* waiter, std::function<void()> emptied);

  /// Calls the waiter no more, except for a call that is under way on another thread.
  void forget(const void* waiter);

  void enter(std::size_t bytes) noexcept;
  void leave(std::size_t bytes) noexcept;

  /// Count bytes that were encoded from several broadcasts and belong to none of them alone.
  void hold(std::size_t bytes) noexcept;
  void release(std::size_t bytes) noexcept;

private:
  // One total order with `waiting_`: either the leaver sees the waiter, or the waiter sees the free room.
  bool half_free() const noexcept {
    return pending_.load() <= max_broadcasts_.load(std::memory_order_relaxed) / 2 &&
           bytes_.load() <= max_bytes_.load(std::memory_order_relaxed) / 2;
  }
  struct waiter {
    const void* key;
    bool until_empty;
    std::function<void()> call;
  };

  void add(waiter one);
  void call_waiters();

  std::atomic<std::size_t> max_broadcasts_;
  std::atomic<std::size_t> max_bytes_;
  std::atomic<std::size_t> pending_{0};
  std::atomic<std::size_t> bytes_{0};
  std::atomic<bool> waiting_{false};
  std::mutex waiters_mutex_;
  std::vector<waiter> waiters_;  // few entries: Redis, the links, and the drain
};

/// A tracked broadcast: pending at the gate until the last reference to it is gone.
class accepted_broadcast {
public:
  using time_point = std::chrono::steady_clock::time_point;

  accepted_broadcast(broadcast content, ingress_gate& gate, time_point now, std::size_t place = 0)
      : content_{std::move(content)}, accepted_at_{now}, place_{place}, gate_{gate} {
    gate_.enter(content_.data.size());
  }
  accepted_broadcast(const accepted_broadcast&) = delete;
  accepted_broadcast& operator=(const accepted_broadcast&) = delete;
  ~accepted_broadcast() { gate_.leave(content_.data.size()); }

  const broadcast& content() const noexcept { return content_; }
  time_point accepted_at() const noexcept { return accepted_at_; }

  /// Index in its publication.
  std::size_t place() const noexcept { return place_; }

private:
  broadcast content_;
  time_point accepted_at_;
  std::size_t place_;
  ingress_gate& gate_;
};

/// Shared by the messages that carry the broadcast and by the batches encoded from it.
using broadcast_ptr = std::shared_ptr<const accepted_broadcast>;

}  // namespace ability
