/// The room of one client for messages that it missed.
#pragma once

#include <atomic>
#include <cstddef>

namespace ability {

/// Bytes that the streams which a client asks together may send it. They take from it before they encode anything: what
/// has no room is refused anyway, and must cost nothing. Any thread may call any function.
class replay_room {
public:
  explicit replay_room(std::size_t bytes) noexcept : left_{bytes} {}
  replay_room(const replay_room&) = delete;
  replay_room& operator=(const replay_room&) = delete;

  /// False, and nothing is taken: there is not so much room.
  bool take(std::size_t bytes) noexcept {
    auto left = left_.load(std::memory_order_relaxed);
    while (bytes <= left)
      if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed))
        return true;
    return false;
  }

private:
  std::atomic<std::size_t> left_;
};

}  // namespace ability
