#include "actors/stream/stream.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <chrono>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/node/unix_ms.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/prefetch.hpp"
#include "actors/stream/encode_batch.hpp"
#include "actors/stream/history/log_bounds.hpp"
#include "protocol/client/reply.hpp"

namespace ability {

stream_state::~stream_state() {
  if (subscribers_ == 0)
    return;
  log(log_level::error, "stream ended while it was followed", {{"stream", *stream_}});
  for (auto& [key, members] : groups_)
    for (auto& subscriber : members.slots)
      if (subscriber)
        caf::anon_send(subscriber, disconnect_client{{}, std::string{disconnect_reason::server_restart}, true});
  if (held_ != nullptr)
    for (const auto& [hold, one] : *held_)
      caf::anon_send(one.subscriber, disconnect_client{{}, std::string{disconnect_reason::server_restart}, true});
}

void stream_state::start(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream,
                         const std::optional<stream_log::summary>& log, std::int64_t complete_from) {
  home_ = &home;
  directory_ = std::move(directory);
  stream_ = std::move(stream);
  if (home.store != nullptr)
    return;  // it follows the shared log once it has a follower or a member
  if (log)
    keep_history(*log);
  else if (home.settings.history.broker == history_broker::memory)
    keep_history({{home.random.next_seed(), 0}, complete_from});
}

stream_actor::behavior_type stream_state::make_behavior() {
  return {
      [this](subscribe& request) { return add_or_wait(request); },
      [this](const unsubscribe& request) {
        answer_before(request);
        remove(request);
      },
      [this](const broadcast_to_stream& published) { append(published); },
      [](const repeat_to_stream& repeat) { repeat.receipt->tell(repeat.place, repeat.first->at); },
      [this](flush_stream) { send_waiting(); },
      [this](hold_for_history& question) { return hold_or_wait(question); },
      [this](const release_held& order) { release(order.hold); },
      [this](trim_history) {
        trim_pending_ = false;
        history_->trim();
        tell_if_idle();
        await_trim();
      },
      [this](drop_log) { forget_log(); },
      [this](const list_history& question) { return list(question); },
      [this](const presence_call& call) { return handle(call); },
      [this](const member_gone& news) { end_membership(news.sid); },
      [this](members_due) { expire_members(); },
      [this](const members_answered& answer) {
        members_->take(answer);
        tell_if_idle();
      },
      [this](const members_listed& answer) {
        members_->take(answer);
        tell_if_idle();
      },
      [this](const member_news& news) { take_news(news); },
      [this](log_followed) { come_to_follow(); },
      [this](log_news_came& news) { take_news(news); },
      [this](log_read& answer) { take_read(answer); },
      [this](const check_log& order) {
        if (order.number == shared_->check_number)
          read_log();
      },
      [this](answer_without_waiting) { wait_no_longer(); },
      [this](retire_stream) {
        leave_log();
        self_->quit();
      },
      [this](const mark_gap& gap) {
        ++gaps_;
        lost_ += gap.lost;
      },
      [this](const describe_stream& question) { return describe(question.limit); },
      [this](const describe_history& question) {
        return history_ == nullptr ? history_facts{} : history_->describe(question.limit);
      },
      [this](const describe_presence& question) { return describe(question); },
  };
}

subscribed stream_state::add(const subscribe& request) {
  flush();  // earlier broadcasts are not for the new subscriber
  ++subscribes_seen_;
  const group_key key{request.format, request.key};
  if (groups_.size() >= home_->settings.max_stream_identifiers && !groups_.contains(key)) {
    home_->counters.hit(limit::stream_identifiers);
    return {stream_, {}, unsubscribe::unknown_slot};
  }
  const auto [found, is_new] = groups_.try_emplace(key);
  if (is_new)
    name_bytes_ += request.key.size();
  auto& members = found->second;
  const auto slot = members.add();
  ++subscribers_;
  subscribed answer{stream_, stream_actor{self_}, slot};
  const bool has_positions = request.format->has_positions();
  if (has_positions) {
    if (history_ == nullptr && home_->store == nullptr)
      keep_history({{home_->random.next_seed(), 0}, unix_ms(home_->here.wall_clock())});
    if (history_ != nullptr)
      history_->joined();
  }
  if (history_ != nullptr) {
    answer.began = history_->at().offset;
    answer.epoch = history_->at().epoch;
  }
  if (request.history == nullptr && (round_ == nullptr || !has_positions)) {
    members.slots[slot] = request.subscriber;
    return answer;
  }
  const auto hold = hold_back({request.format, request.key, request.subscriber, slot}, members);
  if (request.history != nullptr) {
    answer.held = std::make_shared<const history_held>(
        answer_history(*request.history, hold, key, answer.began, request.room.get()));
    answer.began = answer.held->began;
  } else {
    release(hold);
  }
  return answer;
}

void stream_state::remove(const unsubscribe& request) {
  auto found = groups_.find(group_key{request.format, request.key});
  if (found == groups_.end())
    return;
  auto& members = found->second;
  auto slot = members.slot_of(request.subscriber, request.slot);
  if (slot >= members.slots.size() && !forget_held(request, members, slot))
    return;
  flush();
  members.slots[slot] = nullptr;
  members.free.push_back(slot);
  --subscribers_;
  if (request.format->has_positions() && history_ != nullptr)
    history_->left();
  if (--members.subscribers == 0) {
    if (members.turn != group::no_turn)
      round_->turns[members.turn] = nullptr;
    name_bytes_ -= request.key.size();
    groups_.erase(found);
  }
  tell_if_idle();
}

void stream_state::append(const broadcast_to_stream& published) {
  ++broadcasts_seen_;
  const auto& message = published.message;
  const auto offset = history_ == nullptr ? 0 : history_->number(message->content());
  if (offset != 0) {
    published.tell(history_->at());
    await_trim();
  }
  send_out(message, offset);
}

// Sends a broadcast to the subscribers, soon.
void stream_state::send_out(const broadcast_ptr& message, std::uint64_t offset) {
  if (subscribers_ == 0) {  // the directory does not know that yet, or the stream lives for its log
    if (offset == 0)
      home_->counters.unheard_broadcasts.add();
    if (offset == 0 && history_ != nullptr)
      tell_if_idle();  // the directory keeps a stream that it has passed a broadcast on to since the last word
    return;
  }
  send_later({message, offset});
}

// Adds a broadcast to those of the next flush.
void stream_state::add_due(const numbered_broadcast& one) {
  home_->counters.broadcast_fanout.observe(static_cast<double>(subscribers_));
  due_.push_back(one);
  if (held_ != nullptr)
    held_->keep(due_.back());
  due_bytes_ += one.message->content().data.size();
}

void stream_state::send_later(const numbered_broadcast& one) {
  add_due(one);
  if (round_ != nullptr)
    return;
  // The flush arrives behind all that is in the mailbox now, which becomes the batch. Most often the mailbox is empty.
  if (due_bytes_ >= max_batch_bytes || (!flush_pending_ && self_->mailbox().empty()))
    flush();
  else if (!std::exchange(flush_pending_, true))
    caf::anon_send(stream_actor{self_}, flush_stream{});
}

// -- sending ---

void stream_state::send_waiting() {
  flush_pending_ = false;
  if (round_ != nullptr)
    go_on();
  flush();
  send_due_events();
  settle_held();
}

void stream_state::flush() {
  if (round_ != nullptr || due_.empty())
    return;
  flush_pending_ = false;
  const auto now = self_->clock().now();
  for (const auto& each : due_)
    home_->counters.broadcast_latency.observe(std::chrono::duration<double>(now - each.message->accepted_at()).count());
  if (groups_.size() * due_bytes_ + due_.size() * name_bytes_ > max_in_flight) {
    begin_round();
    return;
  }
  for (auto& [key, members] : groups_)
    for (std::size_t next = 0; next < due_.size();)
      hand_out(key, members, due_, next, nullptr);
  due_.clear();
  due_bytes_ = 0;
}

void stream_state::begin_round() {
  round_ = std::make_unique<round>();
  round_->messages = std::exchange(due_, {});
  due_bytes_ = 0;
  round_->turns.reserve(groups_.size());
  for (auto& each : groups_) {
    each.second.turn = round_->turns.size();
    round_->turns.push_back(&each);
  }
  go_on();
}

// Sends the next part: as much as may be in flight at a time.
void stream_state::go_on() {
  if (!round_->pace.expired())
    return;  // an earlier `flush_stream`, the last part is still in flight
  auto& [messages, turns, next_turn, next_message, in_flight] = *round_;
  if (next_turn == turns.size()) {
    round_ = nullptr;
    flush();
    return;
  }
  const auto pace = make_pace();
  in_flight = pace;
  for (std::size_t bytes = 0; bytes < max_in_flight && next_turn < turns.size();) {
    auto* const due = turns[next_turn];
    if (due != nullptr)
      bytes += hand_out(due->first, due->second, messages, next_message, pace);
    if (due != nullptr && next_message < messages.size())
      continue;
    if (due != nullptr)
      due->second.turn = group::no_turn;
    ++next_turn;
    next_message = 0;
  }
}

// Sends the next `flush_stream` once all subscribers have released it, from any lane.
std::shared_ptr<void> stream_state::make_pace() {
  return {nullptr, [self = stream_actor{self_}](void*) { caf::anon_send(self, flush_stream{}); }};
}

// Sends one batch; returns its size in bytes.
std::size_t stream_state::hand_out(const group_key& key, const group& to,
                                   const std::vector<numbered_broadcast>& messages, std::size_t& next,
                                   std::shared_ptr<void> pace) {
  if (to.receivers() == 0) {
    next = messages.size();
    return 0;
  }
  const batch_ptr ready =
      encode_batch(*home_, {stream_, key.format, key.key, epoch(), to.receivers()}, messages, next, std::move(pace));
  for (std::size_t i = 0; i < to.slots.size(); ++i) {
    if (i + prefetch_distance < to.slots.size())
      prefetch_actor(to.slots[i + prefetch_distance]);
    if (to.slots[i])
      caf::anon_send(to.slots[i], deliver{ready});
  }
  return ready->bytes->size();
}

// -- history ---

// Begins or goes on with the log, unless the settings want none for this stream.
void stream_state::keep_history(const stream_log::summary& from) {
  if (const auto bounds = log_bounds(home_->settings.history, *stream_))
    history_ = std::make_unique<stream_history>(*home_, stream_, *bounds, from);
}

// Takes a follower's slot from it until `release`. Returns the number of the hold.
std::uint64_t stream_state::hold_back(held_followers::follower one, group& of) {
  if (held_ == nullptr)
    held_ = std::make_unique<held_followers>();
  of.slots[one.slot] = nullptr;
  ++of.held;
  return held_->hold(std::move(one));
}

history_held stream_state::answer_history(const history_request& asked, std::uint64_t hold, const group_key& key,
                                          std::uint64_t began, replay_room* room) {
  if (shared_ != nullptr && began == 0)
    began = shared_->began_in_vain;
  stream_history::follower who{key.format, key.key, hold != held_followers::none, began, room};
  auto answer = history_ != nullptr ? history_->answer(asked, who) : answer_without_log(*home_, *stream_, asked);
  return {hold, who.began, std::move(answer)};
}

history_held stream_state::hold(const hold_for_history& question) {
  flush();
  const auto found = groups_.find(group_key{question.format, question.key});
  if (found == groups_.end())
    return {0, question.began.offset, answer_without_log(*home_, *stream_, {})};
  // It has followed since before the log began, so that it was sent all of it.
  const auto began = history_ == nullptr ? 0 : history_->carried_over(question.began);
  auto& [key, members] = *found;
  if (members.slot_of(question.subscriber, question.slot) < members.slots.size()) {
    // In a round it is about to be sent earlier messages, for which it has to keep its slot.
    const auto hold =
        round_ != nullptr ? 0 : hold_back({question.format, question.key, question.subscriber, question.slot}, members);
    return answer_history(*question.request, hold, key, began, question.room.get());
  }
  const auto held =
      held_ == nullptr ? held_followers::none : held_->find(question.format, question.key, question.subscriber);
  if (held == held_followers::none)
    return {0, began, answer_without_log(*home_, *stream_, {})};
  held_->hold_again(held);
  return answer_history(*question.request, held, key, began, question.room.get());
}

void stream_state::release(std::uint64_t hold) {
  if (held_ == nullptr || held_->find(hold) == nullptr)
    return;
  held_->release(hold);
  flush();
  settle_held();
}

// The directory needs the memory of the log.
void stream_state::forget_log() {
  if (history_ != nullptr)
    history_->drop();
  if (shared_ != nullptr)
    shared_->is_cut = true;
  caf::anon_send(directory_, log_dropped{});
  tell_if_idle();
}

void stream_state::await_trim() {
  if (trim_pending_ || history_ == nullptr || !history_->is_needed())
    return;
  trim_pending_ = true;
  self_->delayed_send(self_, history_->until_due(), trim_history{});
}

void stream_state::tell_if_idle() {
  if (subscribers_ > 0 || has_members())
    return;
  if (history_ == nullptr || shared_ != nullptr)
    caf::anon_send(directory_, stream_idle{stream_, stream_actor{self_}, subscribes_seen_});
  else if (history_->is_needed())
    await_trim();
  else
    caf::anon_send(directory_, stream_idle{stream_, stream_actor{self_}, subscribes_seen_, broadcasts_seen_,
                                           history_->log().now_at()});
}

stream_actor spawn_stream(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream,
                          const std::optional<stream_log::summary>& log, std::int64_t complete_from) {
  return spawn_on<stream_actor, stream_state>(home.here.system, home.runs_on, home, std::move(directory),
                                              std::move(stream), log, complete_from);
}

}  // namespace ability
