// The answers of the stream actor to programs.
#include "actors/stream/history/log_listing.hpp"
#include "actors/stream/stream.hpp"

namespace ability {

history_page stream_state::list(const list_history& question) {
  return history_ == nullptr ? page_without_log(*home_) : history_->list(question);
}

stream_facts stream_state::describe(std::size_t limit) const {
  stream_facts facts{.found = subscribers_ > 0 || history_ != nullptr,
                     .name = *stream_,
                     .subscribers = subscribers_,
                     .gaps = gaps_,
                     .lost = lost_,
                     .followers = {}};
  if (history_ != nullptr) {
    facts.at = history_->at();
    facts.kept = history_->log().size();
    facts.log_bytes = history_->bytes();
  }
  for (const auto& [key, members] : groups_)
    for (const auto& each : members.slots) {
      if (facts.followers.size() >= limit)
        return facts;
      if (each)
        facts.followers.push_back(each);
    }
  return facts;
}

}  // namespace ability
