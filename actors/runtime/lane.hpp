/// A lane: one thread that runs the actors pinned to it, one after the other.
#pragma once

#include <caf/execution_unit.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "actors/runtime/prefetch.hpp"

namespace ability {

/// The run queue of one thread. `net/lane/io_lane` joins it to an event loop, so that an actor's messages never cross
/// threads needlessly (docs/decisions/0001-lanes-and-pinned-actors.md). CAF's `execution_unit` changed in later
/// versions: all code that depends on it is here and in `pinned.hpp`.
class lane : public caf::execution_unit {
public:
  explicit lane(caf::actor_system& system);
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  /// Releases the actors that were still queued; they never run again.
  ~lane() override;

  /// Queues `job` (with the reference that CAF put on it). Any thread may call this.
  void exec_later(caf::resumable* job) final;

  /// Announces the object that the next `exec_later` queues, until it is called again. `nullptr`: not known. Only on
  /// the lane's own thread.
  void announce(prefetchable* next) noexcept { announced_ = next; }

  /// Runs queued actors until the queue is empty, `max_resumes` actors ran or `max_drained` has passed, then calls
  /// `flush()` once. Only the lane's own thread calls this. Returns true if actors are still queued.
  bool drain();

  /// Calls `then` on the lane's thread after `delay`, unless the lane stops before. Only the lane's own thread calls
  /// this. A lane without a clock does nothing.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): lanes with a clock keep it
  virtual void after(std::chrono::milliseconds delay, std::function<void()> then) {
    static_cast<void>(delay);
    static_cast<void>(then);
  }

  /// Declares the calling thread to be the lane's own.
  void adopt_thread() noexcept;

  /// True if the calling thread is the lane's own.
  bool on_own_thread() const noexcept;

protected:
  /// Schedules a call of `drain()` on the lane's thread. Any thread may call this.
  virtual void wake() = 0;

  /// Called after each drain: sends the data that actors have queued.
  virtual void flush() = 0;

  /// Schedules a drain, and so a flush, even if no actor is queued. Only on the lane's own thread.
  void request_drain();

private:
  static constexpr std::size_t max_resumes = 4096;            // actors per drain, then sockets get their turn
  static constexpr std::chrono::milliseconds max_drained{2};  // time per drain
  static constexpr std::size_t throughput = 64;               // messages of one actor in a row

  struct queued {
    caf::resumable* job;
    prefetchable* memory;  // the same object; null if that is not known
  };

  void take_foreign();
  void prefetch_behind(std::size_t position) const noexcept;
  void run(caf::resumable* job);

  std::vector<queued> queue_;
  std::vector<queued> running_;
  prefetchable* announced_ = nullptr;
  bool wake_pending_ = false;

  std::mutex foreign_mutex_;
  std::vector<caf::resumable*> foreign_;
};

}  // namespace ability
