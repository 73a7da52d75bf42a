// The stream actor's members, whose events it sends and whose timers it keeps.
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/stream/stream.hpp"
#include "protocol/presence/presence_messages.hpp"

namespace ability {

caf::result<presence_answer> stream_state::handle(const presence_call& call) {
  const bool joins = call.what == presence_call::kind::join;
  if (joins)
    ++subscribes_seen_;  // the directory has counted it
  if (home_->members != nullptr) {
    if (joins)
      share_log();
    if (call.what == presence_call::kind::list)
      ++subscribes_seen_;  // the same
    auto promise = self_->make_response_promise<presence_answer>();
    share_members().handle(call, [promise](const presence_answer& answer) mutable { promise.deliver(answer); });
    tell_if_idle();
    return promise;
  }
  if (joins && presence_ == nullptr)
    presence_ = std::make_unique<stream_presence>(*home_, stream_);
  auto answer = stream_presence::answer_of_nobody(call);
  update_presence([&](auto& of, auto& told) { answer = of.handle(call, told); });
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
  send_events(std::move(told));
  if (const auto delay = presence_->start_timer(self_->clock().now()))
    self_->delayed_send(self_, *delay, members_due{});
  if (!was_empty && presence_->is_empty())
    tell_if_idle();
}

// Events wait for the next flush like broadcasts, but not in `due_`, which is flushed before each new follower: each
// join to the stream would be a fan-out of its own. A new follower may be sent events from just before.
void stream_state::send_events(stream_presence::events told) {
  if (subscribers_ == 0 || told.empty())
    return;
  if (events_ == nullptr)
    events_ = std::make_unique<waiting_events>();
  events_->add(std::move(told));
  if (round_ != nullptr)
    return;
  if (!flush_pending_ && self_->mailbox().empty())
    send_due_events();
  else if (!std::exchange(flush_pending_, true))
    caf::anon_send(stream_actor{self_}, flush_stream{});
}

void stream_state::send_due_events() {
  if (round_ != nullptr || events_ == nullptr || events_->empty())
    return;
  const auto now = self_->clock().now();
  if (!events_->are_due(now)) {
    if (const auto delay = events_->start_timer(now))
      self_->delayed_send(self_, *delay, flush_stream{});
    return;
  }
  for (auto& json : events_->take(now, subscribers_))
    add_due({presence_event(*home_, *stream_, std::move(json), now), 0});
  flush();
}

void stream_state::end_membership(const std::string& sid) {
  if (members_ != nullptr)
    members_->end(sid);
  update_presence([&](auto& of, auto& told) { of.end(sid, self_->clock().now(), told); });
}

void stream_state::expire_members() {
  if (members_ != nullptr) {
    members_->tick();
    tell_if_idle();
  }
  update_presence([this](auto& of, auto& told) { of.expire(self_->clock().now(), told); });
}

bool stream_state::has_members() const {
  return (presence_ != nullptr && !presence_->is_empty()) || (members_ != nullptr && members_->keeps_stream());
}

caf::result<presence_facts> stream_state::describe(const describe_presence& question) {
  if (home_->members == nullptr)
    return presence_ == nullptr ? presence_facts{} : presence_->describe(question.limit);
  ++subscribes_seen_;  // the directory has counted it
  auto promise = self_->make_response_promise<presence_facts>();
  share_members().describe(question.limit, [promise](const presence_facts& facts) mutable { promise.deliver(facts); });
  return promise;
}

// -- members that nodes share ---

shared_presence& stream_state::share_members() {
  if (members_ == nullptr) {
    members_ = std::make_unique<shared_presence>(*home_, stream_, self_);
    if (shared_ != nullptr && shared_->is_followed)
      members_->follow();
  }
  return *members_;
}

void stream_state::take_news(const member_news& news) {
  stream_presence::events told;
  if (subscribers_ > 0)
    for (const auto& each : news.events)
      told.push_back(each.joined ? presence_joined(each.id, each.info) : presence_left(each.id));
  send_events(std::move(told));
  if (home_->members != nullptr)
    share_members().watch();
}

}  // namespace ability
