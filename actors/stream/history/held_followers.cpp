#include "actors/stream/history/held_followers.hpp"

#include <algorithm>
#include <utility>

namespace ability {

std::uint64_t held_followers::hold(follower one) {
  one.next = kept_from_ + kept_.size();
  held_.emplace(++last_hold_, std::move(one));
  return last_hold_;
}

held_followers::follower* held_followers::find(std::uint64_t hold) {
  const auto found = held_.find(hold);
  return found == held_.end() ? nullptr : &found->second;
}

std::uint64_t held_followers::find(const wire_format* format, const std::string& key,
                                   const connection_actor& subscriber) const {
  const auto found = std::ranges::find_if(held_, [&](const auto& each) {
    const auto& one = each.second;
    return one.subscriber == subscriber && one.format == format && one.key == key;
  });
  return found == held_.end() ? none : found->first;
}

std::uint64_t held_followers::next_released(std::uint64_t last) const {
  const auto next = released_.upper_bound(last);
  return next == released_.end() ? none : *next;
}

void held_followers::erase(std::uint64_t hold) {
  released_.erase(hold);
  held_.erase(hold);
  if (held_.empty() || ++erased_ % trim_interval == 0)
    trim();
}

std::vector<numbered_broadcast> held_followers::take(follower& by) const {
  const auto from = kept_.begin() + static_cast<std::ptrdiff_t>(by.next - kept_from_);
  by.next = kept_from_ + kept_.size();
  return {from, kept_.end()};
}

// Holds overlap while many followers come, so the list may never be empty.
void held_followers::trim() {
  auto first = kept_from_ + kept_.size();
  for (const auto& [hold, one] : held_)
    first = std::min(first, one.next);
  for (; kept_from_ < first; ++kept_from_)
    kept_.pop_front();
  if (kept_.empty())
    kept_.shrink_to_fit();
}

}  // namespace ability
