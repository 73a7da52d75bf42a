#include "net/fly/peer/call_table.hpp"

#include <algorithm>
#include <utility>

namespace ability::fly {

call_table::time_point call_table::deadline_after(std::chrono::milliseconds timeout) noexcept {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
  return clock::now() + std::min(timeout, longest);
}

std::uint8_t call_table::pass_number() noexcept {
  if (slots_ && !full())
    while ((*slots_)[next_].used)
      ++next_;
  return next_++;
}

std::uint8_t call_table::start(call what) {
  if (!slots_)
    slots_ = std::make_unique<slots>();
  const auto sequence = pass_number();
  (*slots_)[sequence] = {what.deadline, std::move(what.who), what.command, true};
  ++used_;
  ++active_;
  return sequence;
}

void call_table::free(slot& which) {
  which.used = false;
  which.deadline = never;
  --used_;
}

waiter_ptr call_table::retire(slot& which, time_point until) {
  which.deadline = until;
  --active_;
  return std::move(which.who);
}

call_table::match call_table::finish(std::uint16_t command, std::uint8_t sequence) {
  if (!slots_)
    return {};
  auto& found = (*slots_)[sequence];
  if (!found.used || found.command != command)
    return {};
  active_ -= found.who != nullptr;
  free(found);
  return {true, std::move(found.who)};
}

waiter_ptr call_table::give_up(std::uint64_t id, time_point until) {
  if (slots_)
    for (auto& each : *slots_)
      if (each.who && each.who->id == id)
        return retire(each, until);
  return nullptr;
}

std::vector<waiter_ptr> call_table::expire(time_point now, time_point until) {
  std::vector<waiter_ptr> expired;
  if (slots_)
    for (auto& each : *slots_) {
      if (!each.used || each.deadline > now)
        continue;
      if (each.who)
        expired.push_back(retire(each, until));
      else
        free(each);
    }
  return expired;
}

call_table::time_point call_table::earliest() const noexcept {
  return used_ == 0 ? never : std::ranges::min_element(*slots_, {}, &slot::deadline)->deadline;
}

std::vector<waiter_ptr> call_table::clear() {
  auto left = expire(never, never);
  slots_.reset();
  used_ = active_ = 0;
  return left;
}

}  // namespace ability::fly
