/// A lane with a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <thread>

#include "actors/runtime/lane.hpp"

namespace ability {

/// Its event loop has no other events.
class thread_lane final : public lane {
public:
  using lane::lane;

  void start() {
    thread_ = std::jthread{[this](std::stop_token stop) {
      adopt_thread();
      for (;;) {
        {
          std::unique_lock guard{mutex_};
          if (!woken_.wait(guard, stop, [this] { return wakes_ > 0; }))
            return;
          wakes_ = 0;
        }
        while (drain())
          continue;
      }
    }};
  }

  /// Joins the thread: its effects are visible to the caller afterwards.
  void stop() { thread_ = {}; }

protected:
  void wake() override {
    {
      std::scoped_lock guard{mutex_};
      ++wakes_;
    }
    woken_.notify_one();
  }
  void flush() override {}

private:
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::size_t wakes_ = 0;
  std::jthread thread_;
};

/// True if the predicate holds soon.
template <class Predicate>
bool eventually(Predicate holds) {
  using namespace std::chrono_literals;
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!holds() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(1ms);
  return holds();
}

}  // namespace ability
