/// Requests and messages of clients that have begun and are not whole: what they may hold, and for how long.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "net/lane/lane_context.hpp"
#include "net/lane/timer_wheel.hpp"

namespace ability {

/// The share of one connection in the bytes that all such requests and messages of the node may take together
/// (`--max-unfinished-size`). Given back when it is destroyed. Used on its lane only.
class unfinished_share {
public:
  explicit unfinished_share(edge& where) noexcept : edge_{where} {}
  unfinished_share(const unfinished_share&) = delete;
  unfinished_share& operator=(const unfinished_share&) = delete;
  ~unfinished_share() { hold(0); }

  /// Holds `bytes` instead of what it held. False: the node has no room for more than it held, which it still does.
  bool hold(std::size_t bytes) noexcept;

private:
  edge& edge_;
  std::size_t held_ = 0;
};

/// A message that has begun: it holds its share, and has to be whole by its deadline (`--message-timeout`).
class unfinished_message final : private wheel_timer {
public:
  /// `too_late` is called if it lives longer than that.
  unfinished_message(edge& where, std::function<void()> too_late);

  /// As `unfinished_share::hold`.
  bool hold(std::size_t bytes) noexcept { return share_.hold(bytes); }

private:
  void on_timer() override;

  edge& edge_;
  unfinished_share share_;
  std::function<void()> too_late_;
};

}  // namespace ability
