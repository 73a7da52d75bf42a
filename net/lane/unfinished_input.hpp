/// Bounds in bytes and time for incomplete requests and messages of clients.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "net/lane/lane_context.hpp"
#include "net/lane/timer_wheel.hpp"

namespace ability {

/// One connection's share of the bytes that all incomplete requests and messages, and long answers that are not read,
/// may hold at the node (`--max-unfinished-size`). Returned on destruction. Use on its lane only.
class unfinished_share {
public:
  explicit unfinished_share(lane_context& where) noexcept : context_{where} {}
  unfinished_share(const unfinished_share&) = delete;
  unfinished_share& operator=(const unfinished_share&) = delete;
  ~unfinished_share() { hold(0); }

  /// Changes the share to `bytes`. Returns false, and keeps the old share, if the node has no room for the growth.
  bool hold(std::size_t bytes) noexcept;

private:
  lane_context& context_;
  std::size_t held_ = 0;
};

/// An incomplete message: holds its share and has a deadline (`--message-timeout`).
class unfinished_message final : private wheel_timer {
public:
  /// Calls `too_late` at the deadline.
  unfinished_message(lane_context& where, std::function<void()> too_late);

  /// As `unfinished_share::hold`.
  bool hold(std::size_t bytes) noexcept { return share_.hold(bytes); }

private:
  void on_timer() override;

  lane_context& context_;
  unfinished_share share_;
  std::function<void()> too_late_;
};

}  // namespace ability
