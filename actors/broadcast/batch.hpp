/// A batch: ready frames of the broadcasts that a stream sends to its subscribers together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/broadcast/accepted_broadcast.hpp"

namespace ability {

/// Frames for every subscriber of one stream with one wire format and one key, in the order of their broadcasts.
struct batch {
  /// A frame in `bytes` that one client must not receive.
  struct exclusion {
    std::size_t offset;
    std::size_t size;
    std::string sid;
    std::string instead = {};  ///< frame that it receives in place of it; empty: none
  };

  /// The frames for one client.
  struct selection {
    std::string bytes;
    std::uint64_t count;   ///< frames, without those in place of excluded ones
    std::uint64_t frames;  ///< all frames

    bool operator==(const selection&) const = default;
  };

  /// `unclaimed_deliveries` outlives the batch.
  explicit batch(std::atomic<std::uint64_t>& unclaimed_deliveries,
                 std::shared_ptr<std::string> frames = std::make_shared<std::string>())
      : bytes{std::move(frames)}, unclaimed_{unclaimed_deliveries} {}
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;

  /// Counts the deliveries that no connection claimed, because the connection had ended.
  ~batch() {
    if (held_at_ != nullptr)
      held_at_->release(bytes_held_);
    if (const auto unclaimed = recipients - claims_.load(std::memory_order_relaxed); unclaimed > 0)
      unclaimed_.fetch_add(unclaimed * count, std::memory_order_relaxed);
  }

  /// Called by each connection that handles the batch, with any outcome. Any thread.
  void claim() const noexcept { claims_.fetch_add(1, std::memory_order_relaxed); }

  /// The frames that a client may receive. `is_mine` is true for its sids.
  selection without(const std::function<bool(std::string_view)>& is_mine) const;

  /// Counts `expected` bytes as pending at `gate`, which outlives the batch, before they are encoded. Each format and
  /// key needs separate bytes, so a few small broadcasts can become many bytes. Called at most once.
  void hold_at(ingress_gate& gate, std::size_t expected) noexcept {
    held_at_ = &gate;
    bytes_held_ = expected;
    gate.hold(expected);
  }

  /// Counts the bytes beyond the expected ones, too. After `hold_at`.
  void hold_rest() noexcept {
    if (bytes->size() <= bytes_held_)
      return;
    held_at_->hold(bytes->size() - bytes_held_);
    bytes_held_ = bytes->size();
  }

  /// Frames back to back. Outboxes hold them until they are sent; the batch and its `sources` are released earlier, so
  /// that a client that does not read delays no publisher.
  std::shared_ptr<std::string> bytes;
  std::shared_ptr<const std::string> stream;  ///< stream of the broadcasts
  std::string key;                            ///< subscription key of the receivers
  std::vector<exclusion> exclusions;          ///< in the order of `bytes`
  std::uint64_t count = 0;                    ///< frames in `bytes`
  std::uint64_t recipients = 0;               ///< connections the batch was sent to
  std::vector<broadcast_ptr> sources;         ///< pending until the last subscriber has received the batch
  std::shared_ptr<void> pace;                 ///< released with `sources`; null: no sender waits for that

private:
  mutable std::atomic<std::uint64_t> claims_{0};
  std::atomic<std::uint64_t>& unclaimed_;
  ingress_gate* held_at_ = nullptr;
  std::size_t bytes_held_ = 0;
};

using batch_ptr = std::shared_ptr<const batch>;

}  // namespace ability
