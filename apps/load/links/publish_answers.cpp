#include "apps/load/links/publish_answers.hpp"

#include "apps/load/links/lane_parts.hpp"

namespace ability::load {

void publish_answers::add(std::size_t batches, const std::string& refused) {
  if (news_.empty() || news_.back().why != refused)
    news_.push_back({.at_ns = monotonic_ns(), .batches = 0, .accepted = refused.empty(), .why = refused});
  news_.back().batches += batches;
}

void publish_answers::tell() {
  const auto told = told_;
  for (const auto& each : std::exchange(news_, {}))
    (*told)(each);
}

void silence_watch::watch() {
  if (clock_ != nullptr)
    return;
  clock_ = timers_.call_at(heard_ns_ + patience_ns, [this] {
    clock_ = nullptr;
    look_(heard_ns_ + patience_ns <= monotonic_ns());
  });
}

}  // namespace ability::load
