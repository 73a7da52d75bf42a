// Followers of a stream that wait for their history.
#include <caf/send.hpp>

#include "actors/stream/encode_batch.hpp"
#include "actors/stream/stream.hpp"

namespace ability {

// Sends released followers the broadcasts that were kept for them, and gives them their slots back. In a round they
// would get its messages a second time, so they are sent all that comes until it ends.
void stream_state::settle_held() {
  if (held_ == nullptr || held_->has_pace())
    return;
  std::shared_ptr<void> pace;  // none as long as nothing is sent: its end leads back here
  std::size_t bytes = 0;
  for (auto hold = held_->next_released(held_followers::none); hold != held_followers::none && bytes < max_in_flight;
       hold = held_->next_released(hold)) {
    auto& one = *held_->find(hold);
    bytes += send_kept(one, pace);
    if (round_ != nullptr)
      continue;
    auto& members = groups_.find(group_key{one.format, one.key})->second;
    members.slots[one.slot] = one.subscriber;
    --members.held;
    held_->erase(hold);
  }
  held_->set_pace(pace);
}

std::size_t stream_state::send_kept(held_followers::follower& to, std::shared_ptr<void>& pace) {
  const auto messages = held_->take(to);
  if (!messages.empty() && pace == nullptr)
    pace = make_pace();
  std::size_t bytes = 0;
  for (std::size_t next = 0; next < messages.size();) {
    const batch_ptr ready = encode_batch(*home_, {stream_, to.format, to.key, epoch(), 1}, messages, next, pace);
    bytes += ready->bytes->size();
    caf::anon_send(to.subscriber, deliver{ready});
  }
  return bytes;
}

// Forgets a hold of a follower that leaves. False: it is not held.
bool stream_state::forget_held(const unsubscribe& request, group& from, std::size_t& slot) {
  const auto held =
      held_ == nullptr ? held_followers::none : held_->find(request.format, request.key, request.subscriber);
  if (held == held_followers::none)
    return false;
  slot = held_->find(held)->slot;
  --from.held;
  held_->erase(held);
  return true;
}

}  // namespace ability
