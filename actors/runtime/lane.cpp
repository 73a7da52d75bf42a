#include "actors/runtime/lane.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/logger.hpp>
#include <caf/resumable.hpp>
#include <utility>

namespace ability {

namespace {

// Bytes of an actor to prefetch, from its base that is queued here; enough for a connection.
constexpr std::size_t actor_bytes = 1'024;

thread_local const lane* current_lane = nullptr;

}  // namespace

lane::lane(caf::actor_system& system) : execution_unit(&system) {}

lane::~lane() {
  // Releasing an actor may queue others: in this lane, and without `wake()`, as the derived class is destroyed already.
  const auto* outer = std::exchange(current_lane, this);
  wake_pending_ = true;
  take_foreign();
  while (!queue_.empty())
    for (const auto& each : std::exchange(queue_, {}))
      intrusive_ptr_release(each.job);
  current_lane = outer == this ? nullptr : outer;
}

void lane::exec_later(caf::resumable* job) {
  if (on_own_thread()) {
    queue_.push_back({job, std::exchange(announced_, nullptr)});
    request_drain();
    return;
  }
  {
    std::scoped_lock guard{foreign_mutex_};
    foreign_.push_back(job);
    if (foreign_.size() > 1)
      return;
  }
  wake();
}

void lane::request_drain() {
  if (wake_pending_)
    return;
  wake_pending_ = true;
  wake();
}

bool lane::drain() {
  // CAF's own log, which is not used here, looks up this thread twice for each actor that runs, with locked
  // instructions. Spawning turned it on.
  caf::logger::set_current_actor_system(nullptr);
  wake_pending_ = true;  // jobs queued while draining need no wake-up of their own
  std::size_t resumed = 0;
  const auto& clock = system().clock();
  const auto deadline = clock.now() + max_drained;
  do {
    take_foreign();
    running_.swap(queue_);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      prefetch_behind(i);
      run(running_[i].job);
    }
    resumed += running_.size();
    running_.clear();
  } while (!queue_.empty() && resumed < max_resumes && clock.now() < deadline);
  flush();
  wake_pending_ = !queue_.empty();
  return wake_pending_;
}

void lane::adopt_thread() noexcept { current_lane = this; }

bool lane::on_own_thread() const noexcept { return current_lane == this; }

void lane::take_foreign() {
  std::scoped_lock guard{foreign_mutex_};
  for (auto* job : foreign_)
    queue_.push_back({job, nullptr});
  foreign_.clear();
}

void lane::prefetch_behind(std::size_t position) const noexcept {
  static constexpr std::size_t step = 3;
  if (position + 3 * step < running_.size())
    prefetch(running_[position + 3 * step].job, actor_bytes);
  if (position + 2 * step < running_.size())
    if (auto* memory = running_[position + 2 * step].memory)
      memory->prefetch_parts();
  if (position + step < running_.size())
    if (auto* memory = running_[position + step].memory)
      memory->prefetch_parts_of_parts();
}

void lane::run(caf::resumable* job) {
  if (job->resume(this, throughput) == caf::resumable::resume_later)
    queue_.push_back({job, nullptr});
  else
    intrusive_ptr_release(job);
}

}  // namespace ability
