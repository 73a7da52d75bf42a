#include "actors/stream/history/publication_ids.hpp"

namespace ability {

publication_ids::noted publication_ids::note(const broadcast& message, time_point now) {
  while (!ages_.empty() && ages_.front().since + ttl_ <= now)
    forget_oldest();
  const auto [found, is_new] = by_key_.try_emplace(key_of(message.stream, message.id));
  if (!is_new)
    return {found->second, true};
  const auto first = found->second = std::make_shared<first_publication>();
  ages_.push_back({&found->first, now});
  if (ages_.size() <= most_)
    return {first, false};
  forget_oldest();
  return {first, false, 1};
}

void publication_ids::forget_oldest() {
  by_key_.erase(by_key_.find(*ages_.front().key));
  ages_.pop_front();
}

}  // namespace ability
