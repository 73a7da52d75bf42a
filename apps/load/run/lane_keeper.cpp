#include "apps/load/run/lane_keeper.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <ctime>
#include <utility>

namespace ability::load {

namespace {

std::int64_t thread_cpu_ns() noexcept {
  std::timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000 + used.tv_nsec;
}

}  // namespace

lane_keeper_actor::behavior_type lane_keeper::make_behavior() {
  given_ns_ = desk_->net.now_ns();
  cpu_ns_ = thread_cpu_ns();
  due_ns_ = given_ns_ + tick_ns;
  wait_for_tick();
  return {[this](const hand_over& request) {
    give();
    if (request.is_last)
      self_->quit();
  }};
}

// Uses the lane's own clock, so that the callback runs on the lane; the ticket is destroyed with the actor.
void lane_keeper::wait_for_tick() {
  ticket_ = desk_->net.call_at(due_ns_, [this] { on_tick(); });
}

void lane_keeper::on_tick() {
  const auto now = desk_->net.now_ns();
  // Count each missed tick as late; otherwise a long stall would count only once.
  for (; due_ns_ <= now; due_ns_ += tick_ns) {
    if (desk_->is_over)  // closing thousands of connections takes long, but delays no arrival
      continue;
    const auto late = now - due_ns_;
    desk_->counts.lag.record(late);
    desk_->counts.longest_lag_ns = std::max(desk_->counts.longest_lag_ns, late);
  }
  wait_for_tick();
}

void lane_keeper::give() {
  auto given = std::make_shared<lane_counts>(std::move(desk_->counts));
  desk_->counts = {};
  desk_->counts.connections = given->connections;
  const auto now = desk_->net.now_ns();
  const auto cpu = thread_cpu_ns();
  given->elapsed_ns = now - std::exchange(given_ns_, now);
  given->cpu_ns = cpu - std::exchange(cpu_ns_, cpu);
  caf::anon_send(desk_->conductor, lane_counted{std::move(given)});
}

}  // namespace ability::load
