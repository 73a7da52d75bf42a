// The stream actor's presence, whose events it sends and whose timer it keeps, and its answers to programs.
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/stream/history/log_listing.hpp"
#include "actors/stream/stream.hpp"

namespace ability {

presence_answer stream_state::handle(const presence_call& call) {
  const bool joins = call.what == presence_call::kind::join;
  if (joins) {
    ++subscribes_seen_;  // the directory has counted it
    if (presence_ == nullptr)
      presence_ = std::make_unique<stream_presence>(*home_, stream_);
  }
  auto answer = stream_presence::answer_of_nobody(call);
  update_presence([&](auto& of, auto& told) { answer = of.handle(call, self_->clock().now(), told); });
  if (joins && !answer.refusal.empty())
    tell_if_idle();  // an earlier offer was declined for this join
  return answer;
}

// Sends the events of a change together. A stream without followers tells nobody.
void stream_state::update_presence(const std::function<void(stream_presence&, stream_presence::events&)>& change) {
  if (presence_ == nullptr)
    return;
  const bool was_empty = presence_->is_empty();
  stream_presence::events told;
  change(*presence_, told);
  if (subscribers_ > 0) {
    if (told.size() > 1 && round_ == nullptr && !std::exchange(flush_pending_, true))
      caf::anon_send(stream_actor{self_}, flush_stream{});
    for (const auto& event : told)
      send_later({event, 0});
  }
  if (const auto delay = presence_->start_timer(self_->clock().now()))
    self_->delayed_send(self_, *delay, members_due{});
  if (!was_empty && presence_->is_empty())
    tell_if_idle();
}

void stream_state::end_membership(const std::string& sid) {
  update_presence([&](auto& of, auto& told) { of.end(sid, self_->clock().now(), told); });
}

void stream_state::expire_members() {
  update_presence([this](auto& of, auto& told) { of.expire(self_->clock().now(), told); });
}

presence_facts stream_state::describe(const describe_presence& question) const {
  return presence_ == nullptr ? presence_facts{} : presence_->describe(question.limit);
}

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
