/// A lane that a test drives.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "actors/runtime/lane.hpp"

namespace ability {

/// Records the calls of `wake` and `flush`.
class hand_lane final : public lane {
public:
  using lane::lane;
  using lane::request_drain;

  std::atomic<std::size_t> wakes{0};
  std::size_t flushes = 0;
  std::function<void()> on_flush;

  /// Drains as an event loop does: for each wake, until nothing is queued. Returns true if there was a wake.
  bool play() {
    const bool woken = seen_ < wakes;
    for (; seen_ < wakes; ++seen_)
      while (drain())
        continue;
    return woken;
  }

  /// Number of wakes of the lane during `what`.
  template <class F>
  std::size_t wakes_for(F what) {
    const auto before = wakes.load();
    what();
    return wakes - before;
  }

protected:
  void wake() override { ++wakes; }
  void flush() override {
    ++flushes;
    if (on_flush)
      on_flush();
  }

private:
  std::size_t seen_ = 0;
};

}  // namespace ability
