#include "net/lane/unfinished_input.hpp"

#include <utility>

namespace ability {

bool unfinished_share::hold(std::size_t bytes) noexcept {
  auto& all = context_.shared.unfinished_bytes;
  if (bytes > held_) {
    const auto more = bytes - held_;
    if (all.fetch_add(more, std::memory_order_relaxed) + more > context_.settings.max_unfinished_size) {
      all.fetch_sub(more, std::memory_order_relaxed);
      context_.home.counters.hit(limit::unfinished_size);
      return false;
    }
  } else if (bytes < held_) {
    all.fetch_sub(held_ - bytes, std::memory_order_relaxed);
  }
  held_ = bytes;
  return true;
}

unfinished_message::unfinished_message(lane_context& where, std::function<void()> too_late)
    : context_{where}, share_{where}, too_late_{std::move(too_late)} {
  where.lane.wheel().set(*this, where.settings.message_timeout);
}

void unfinished_message::on_timer() {
  context_.home.counters.hit(limit::message_timeout);
  // The callback may destroy this object.
  const auto too_late = std::exchange(too_late_, nullptr);
  too_late();
}

}  // namespace ability
