#include "protocol/fly/stream_follower.hpp"

#include <algorithm>

namespace ability::fly {

stream_position* stream_follower::find(std::uint64_t epoch) noexcept {
  const auto found = std::ranges::find(known_, epoch, &stream_position::epoch);
  return found == known_.end() ? nullptr : &*found;
}

void stream_follower::connected(bool may_lose) noexcept {
  may_lose_ = may_lose;
  is_confirmed_ = false;
  times_asked_ = 0;
  check_at_ = time::max();
}

void stream_follower::asked(time now) noexcept {
  ++times_asked_;
  check_at_ = now + patience;
}

stream_follower::arrival stream_follower::note(const stream_position& at, time now) {
  if (!is_asking())
    check_at_ = now + patience;
  auto* const reached = find(at.epoch);
  if (reached == nullptr) {
    // Where a stream begins is told by the Confirm, or by its first message if none can be lost before it.
    if (may_lose_ && !is_confirmed_)
      return arrival::early;
    known_.push_back(at);
    return arrival::in_order;
  }
  if (at.offset <= reached->offset)
    return arrival::repeated;
  const bool is_next = at.offset == reached->offset + 1;
  if (is_next || !may_lose_)
    reached->offset = at.offset;
  return is_next ? arrival::in_order : arrival::early;
}

void stream_follower::note(const beginning& where, time now) {
  is_confirmed_ = true;
  times_asked_ = 0;
  check_at_ = time::max();
  const bool is_given = std::exchange(is_given_, false);
  if (!where.completes.value_or(true))
    std::erase_if(known_, [&](const auto& each) {
      return is_given ||
             std::ranges::none_of(where.positions, [&](const auto& told) { return told.at.epoch == each.epoch; });
    });
  for (const auto& [at, last] : where.positions) {
    auto* reached = find(at.epoch);
    if (reached == nullptr)
      reached = &known_.emplace_back(at);
    reached->offset = std::max(reached->offset, at.offset);
    if (reached->offset < last)
      check_at_ = now + patience;  // what is on its way may be lost, too
  }
}

stream_follower::step stream_follower::check(time now) noexcept {
  if (!may_lose_ || now < check_at_)
    return step::nothing;
  check_at_ = time::max();
  return times_asked_ == most_times ? step::give_up : step::ask;
}

}  // namespace ability::fly
