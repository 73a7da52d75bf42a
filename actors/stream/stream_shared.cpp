// Streams with a log that nodes share.
#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/stream/history/log_bounds.hpp"
#include "actors/stream/history/log_store.hpp"
#include "actors/stream/stream.hpp"

namespace ability {

namespace {

using std::chrono::milliseconds;

}  // namespace

// Follows the channel of the stream for its log and for the events of presence, unless it does so already.
void stream_state::share_log() {
  if (home_->store == nullptr || shared_ != nullptr)
    return;
  const auto bounds = log_bounds(home_->settings.history, *stream_);
  if (!bounds && home_->members == nullptr)
    return;
  shared_ = std::make_unique<stream_sharing>();
  shared_->keeps_log = bounds.has_value();
  home_->store->follow(stream_, bounds.value_or(history_bounds{}), stream_actor{self_});
}

void stream_state::leave_log() {
  if (shared_ != nullptr)
    home_->store->leave(*stream_, stream_actor{self_});
}

void stream_state::come_to_follow() {
  shared_->is_followed = true;
  if (shared_->keeps_log)
    read_log();
  else
    answer_waiting();
  if (members_ != nullptr)
    members_->follow();
  if (!shared_->keeps_log && home_->members != nullptr)
    share_members().watch(true);  // no log tells whether there are members
}

// -- requests ---

caf::result<subscribed> stream_state::add_or_wait(subscribe& request) {
  share_log();
  if (shared_ == nullptr || !has_to_wait(request.history.get(), {}))
    return add(request);
  auto promise = self_->make_response_promise<subscribed>();
  shared_->subscribes.push_back({std::move(request), promise});
  await_log();
  return promise;
}

caf::result<history_held> stream_state::hold_or_wait(hold_for_history& question) {
  if (shared_ == nullptr || !has_to_wait(question.request.get(), question.began))
    return hold(question);
  auto promise = self_->make_response_promise<history_held>();
  shared_->holds.push_back({std::move(question), promise});
  await_log();
  return promise;
}

// A client may have been told of publications, by another node, that have yet to come here.
bool stream_state::has_to_wait(const history_request* asked, const stream_position& began) {
  if (shared_->waits_in_vain)
    return false;
  if (!shared_->keeps_log)
    return !shared_->is_followed;
  if (!shared_->order.is_whole())
    return true;
  if (asked == nullptr || history_ == nullptr)
    return false;
  const auto outcome = history_->foretell(*asked, began.epoch == 0 ? history_->at().offset : began.offset);
  if (outcome == history_outcome::too_old && shared_->is_cut) {
    shared_->order.reload();
    read_log();
    return true;
  }
  if (outcome != history_outcome::ahead && outcome != history_outcome::other_epoch)
    return false;
  read_log();
  return true;
}

void stream_state::await_log() {
  if (!std::exchange(shared_->patience_pending, true))
    self_->delayed_send(self_, stream_sharing::patience, answer_without_waiting{});
}

void stream_state::wait_no_longer() {
  shared_->patience_pending = false;
  if (!shared_->order.is_whole())
    shared_->waits_in_vain = true;
  answer_waiting();
}

void stream_state::answer_waiting() {
  for (auto& each : std::exchange(shared_->subscribes, {}))
    each.promise.deliver(add(each.request));
  for (auto& each : std::exchange(shared_->holds, {}))
    each.promise.deliver(hold(each.request));
}

// A connection that leaves has its subscribe handled first, as the stream would otherwise keep it for ever.
void stream_state::answer_before(const unsubscribe& request) {
  if (shared_ == nullptr)
    return;
  const auto is_of = [&](const auto& each) {
    return each.request.subscriber == request.subscriber && each.request.format == request.format &&
           each.request.key == request.key;
  };
  if (std::ranges::any_of(shared_->subscribes, is_of) || std::ranges::any_of(shared_->holds, is_of))
    answer_waiting();
}

// -- reading ---

void stream_state::read_log() {
  shared_->reads_again = shared_->is_reading;
  if (std::exchange(shared_->is_reading, true))
    return;
  home_->store->read(*stream_, shared_->order.read_behind());
}

void stream_state::check_log_after(milliseconds delay) {
  self_->delayed_send(self_, delay, check_log{++shared_->check_number});
}

void stream_state::take_read(log_read& answer) {
  shared_->is_reading = false;
  auto* const content = std::get_if<log_content>(&answer.content);
  // Messages of a fan-out that goes in parts have yet to be encoded with their epoch.
  const bool is_early = content != nullptr && round_ != nullptr && content->at.epoch != epoch();
  if (is_early)
    return check_log_after(stream_sharing::check_soon);
  if (content == nullptr) {
    // Once it is back the store says that the log is followed.
    const auto why = std::get<redis_error>(answer.content).why;
    const bool is_away = why == redis_failure::away || why == redis_failure::no_answer;
    return check_log_after(is_away ? stream_sharing::check_interval : stream_sharing::check_again);
  }
  shared_->waits_in_vain = false;
  if (content->has_members && home_->members != nullptr)
    share_members().watch();
  apply(shared_->order.take_content(std::move(*content), answer.behind));
  if (shared_->is_reading)
    return;
  if (shared_->order.is_whole() && !shared_->reads_again)
    answer_waiting();
  if (shared_->reads_again)
    read_log();
  else
    check_log_after(home_->random.between(stream_sharing::check_interval * 9 / 10, stream_sharing::check_interval));
}

void stream_state::take_news(log_news_came& news) {
  if (shared_ == nullptr || !shared_->keeps_log) {  // nobody follows it here, or other nodes have other options
    home_->counters.unheard_broadcasts.add();
    return;
  }
  apply(shared_->order.take_news(news.at, news.time, std::move(news.message), news.is_own));
}

void stream_state::apply(followed_log::changes what) {
  if (what.begin)
    begin_copy(std::move(*what.begin));
  if (what.has_gap)
    tell_gap();
  for (auto& each : what.entries) {
    if (each.is_new && each.live == nullptr) {
      each.live = std::make_shared<accepted_broadcast>(std::move(each.message), home_->here.gate, self_->clock().now());
      home_->counters.redis.filled.add();
    }
    history_->take(each.live != nullptr ? each.live->content() : each.message, each.time);
    if (each.is_new)
      send_out(each.live, each.offset);
  }
  if (what.read_behind)
    read_log();
  else if (what.check_soon)
    check_log_after(stream_sharing::check_soon);
}

// Followers that are held are about to be answered from the log as it is.
void stream_state::tell_gap() {
  flush();
  ++gaps_;
  home_->counters.redis.gaps.add();
  for (const auto& [key, members] : groups_)
    if (key.format->has_positions())
      for (const auto& subscriber : members.slots)
        if (subscriber)
          caf::anon_send(subscriber, history_lost{stream_});
}

// Those that were confirmed without the log may have missed publications, and are sent all from now on.
void stream_state::tell_joined_in_vain() {
  shared_->began_in_vain = shared_->order.sent();
  tell_gap();
}

void stream_state::begin_copy(followed_log::beginning from) {
  flush();
  const stream_log::summary begin{from.at, from.complete_from};
  shared_->is_cut = false;
  if (history_ == nullptr) {
    keep_history(begin);
    if (subscribers_ > 0)
      tell_joined_in_vain();
    for (const auto& [key, members] : groups_)
      if (key.format->has_positions())
        for (std::size_t i = 0; i < members.subscribers; ++i)
          history_->joined();
  }
  history_->restart(begin, std::move(from.ancestors));
}

}  // namespace ability
