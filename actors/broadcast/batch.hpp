/// What a stream hands to its subscribers: ready frames of all that was broadcast since it last did.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/broadcast/accepted_broadcast.hpp"

namespace ability {

/// Frames for every subscriber of one stream with one format and one key, in the order of their broadcasts.
struct batch {
  /// A frame of `bytes` that one client does not get.
  struct exclusion {
    std::size_t offset;
    std::size_t size;
    std::string sid;
  };

  /// `unclaimed_deliveries` outlives the batch.
  explicit batch(std::atomic<std::uint64_t>& unclaimed_deliveries) : unclaimed_{unclaimed_deliveries} {}
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;

  /// Counts the deliveries that no connection claimed, because it had ended by then.
  ~batch() {
    if (held_at_ != nullptr)
      held_at_->release(bytes_held_);
    if (const auto unclaimed = recipients - claims_.load(std::memory_order_relaxed); unclaimed > 0)
      unclaimed_.fetch_add(unclaimed * count, std::memory_order_relaxed);
  }

  /// A connection that handles the batch, whatever comes of it, says so. Any thread.
  void claim() const noexcept { claims_.fetch_add(1, std::memory_order_relaxed); }

  /// Has `expected` bytes count as pending at `gate`, which outlives the batch, before they are there. Each format
  /// and key has bytes of its own, so that a few small broadcasts can become many. Once.
  void hold_at(ingress_gate& gate, std::size_t expected) noexcept {
    held_at_ = &gate;
    bytes_held_ = expected;
    gate.hold(expected);
  }

  /// Has what `bytes` has become beyond what was expected count, too. After `hold_at`.
  void hold_rest() noexcept {
    if (bytes->size() <= bytes_held_)
      return;
    held_at_->hold(bytes->size() - bytes_held_);
    bytes_held_ = bytes->size();
  }

  /// Frames back to back. Outboxes hold them until they have left; the batch, and with it `sources`, is gone by then,
  /// so that a client that does not read holds up no publisher.
  std::shared_ptr<std::string> bytes = std::make_shared<std::string>();
  std::shared_ptr<const std::string> stream;  ///< that they were broadcast to
  std::string key;                            ///< of the subscriptions that they are for
  std::vector<exclusion> exclusions;          ///< in the order of `bytes`
  std::uint64_t count = 0;                    ///< frames in `bytes`
  std::uint64_t recipients = 0;               ///< connections it was sent to
  std::vector<broadcast_ptr> sources;         ///< these are pending until the last subscriber has got the batch
  std::shared_ptr<void> pace;                 ///< let go of then, too; null: nothing waits for that

private:
  mutable std::atomic<std::uint64_t> claims_{0};
  std::atomic<std::uint64_t>& unclaimed_;
  ingress_gate* held_at_ = nullptr;
  std::size_t bytes_held_ = 0;
};

using batch_ptr = std::shared_ptr<const batch>;

}  // namespace ability
