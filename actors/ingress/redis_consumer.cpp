#include "actors/ingress/redis_consumer.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/ingress/ingress.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

// True if the reason is likely to be that of one publication, and not of the server.
bool is_of_entry(redis_failure why) { return why == redis_failure::other || why == redis_failure::malformed; }

// Part of the time after which entries are taken over, as a divisor.
constexpr int tended_in_time = 3;

}  // namespace

redis_consumer_state::~redis_consumer_state() {
  if (home_ != nullptr)
    home_->here.gate.forget(this);
  if (source_ != nullptr)
    source_->close();
}

void redis_consumer_state::start(lane_home& home, std::shared_ptr<entry_source> source) {
  home_ = &home;
  source_ = std::move(source);
  home_->here.redis_stream = redis_state::lost;
  home_->counters.entries.pending.set(0);
}

redis_consumer_actor::behavior_type redis_consumer_state::make_behavior() {
  source_->open(redis_consumer_actor{self_});
  read_on();
  tend_later();
  return {
      [this](redis_connected) { connected(); },
      [this](const redis_lost& why) { lost(why); },
      [this](entries_read& batch) { take(batch); },
      [this](const entry_published& what) { settle(what); },
      [this](const entries_acknowledged& what) { forget(what); },
      [this](ingress_reopened) {
        waits_for_gate_ = false;
        read_on();
      },
      [this](retry_entries) { retry(); },
      [this](tend_entries) { tend(); },
      [this](leave_group) { end(); },
      [this](group_left) { self_->quit(); },
  };
}

void redis_consumer_state::connected() {
  last_reason_.clear();
  home_->here.redis_stream = redis_state::connected;
  home_->here.redis_stream_reach.set(true);
  report(home_->here, event_kind::redis, "connected", "stream");
  log(log_level::info, "redis stream is read", {{"stream", home_->settings.redis_stream.key}});
}

void redis_consumer_state::lost(const redis_lost& why) {
  home_->here.redis_stream = redis_state::lost;
  home_->here.redis_stream_reach.set(false);
  if (last_reason_ == why.reason)
    return;
  last_reason_ = why.reason;
  report(home_->here, event_kind::redis, "lost", why.reason);
  log(log_level::warn, "redis stream is not read, retrying", {{"reason", why.reason}});
}

// -- entries ---

// A second reading of an entry that is held brings nothing new.
void redis_consumer_state::take(entries_read& batch) {
  is_reading_ = false;
  for (auto& each : batch.entries)
    if (!held_.contains(each.id))
      take(each);
  home_->counters.entries.pending.set(held_.size());
  read_on();
}

void redis_consumer_state::take(redis_entry& entry) {
  auto& counters = home_->counters.entries;
  const auto added = held_.try_emplace(entry.id).first;
  switch (entry.what) {
    case redis_entry::content::payload:
      counters.read.add();
      bytes_ += entry.payload.size();
      added->second.payload = std::move(entry.payload);
      publish(added);
      return;
    case redis_entry::content::gone:
      counters.gone.add();
      break;
    case redis_entry::content::no_payload:
      counters.read.add();
      note_unreadable(entry.id, refusal_reason::publication_malformed, "it has no field payload");
      break;
    case redis_entry::content::too_large:
      counters.read.add();
      note_unreadable(entry.id, refusal_reason::publication_too_large, "its payload exceeds --max-broadcast-size");
      break;
  }
  finish(added);
}

void redis_consumer_state::publish(held_entries::iterator entry) {
  auto& [id, of] = *entry;
  auto what = decode_publication(of.payload);
  if (!what) {
    note_unreadable(id, refusal_reason::publication_malformed, what.error().detail);
    return finish(entry);
  }
  auto* const all = std::get_if<std::vector<broadcast>>(&*what);
  if (all == nullptr) {
    ability::publish(*home_, std::move(*what), scope::everywhere);
    return finish(entry);
  }
  // A publication that is repeated goes without the parts that are in a log already.
  if (!of.is_logged.empty()) {
    std::size_t place = 0;
    std::erase_if(*all, [&](const broadcast&) { return of.is_logged[place++]; });
  }
  const auto count = all->size();
  auto told = [owner = redis_consumer_actor{self_}, id = id](publication_outcome outcome) {
    caf::anon_send(owner, entry_published{id, std::move(outcome)});
  };
  ability::publish(*home_, std::move(*what), scope::everywhere,
                   std::make_shared<publication_receipt>(count, std::move(told)));
}

void redis_consumer_state::settle(const entry_published& what) {
  const auto found = held_.find(what.id);
  if (found == held_.end())
    return;
  if (probe_ == what.id)
    probe_.reset();
  if (what.outcome.failure)
    return refuse(found, what.outcome);
  finish(found);
  if (waits_for_log_ && refused_.erase(what.id) > 0)
    goes_on();
}

void redis_consumer_state::refuse(held_entries::iterator entry, const publication_outcome& outcome) {
  auto& [id, of] = *entry;
  const auto why = *outcome.failure;
  // The outcome is that of the broadcasts that were not in a log yet.
  const auto& positions = outcome.positions;
  if (of.is_logged.empty())
    of.is_logged.resize(positions.size());
  for (std::size_t i = 0, place = 0; i < of.is_logged.size() && place < positions.size(); ++i)
    if (!of.is_logged[i])
      of.is_logged[i] = positions[place++].has_value();
  if (is_of_entry(why) && ++of.refusals >= most_attempts) {
    home_->counters.entries.given_up.add();
    log(log_level::error, "an entry of the redis stream is given up, as its log refuses it",
        {{"id", to_text(id)}, {"reason", std::string{name_of(why)}}});
    const bool was_probe = refused_.erase(id) > 0;
    finish(entry);
    if (was_probe)
      goes_on();
    return;
  }
  refused_.insert(id);
  if (!std::exchange(waits_for_log_, true))
    log(log_level::warn, "redis stream waits, as a log does not take its publications",
        {{"reason", std::string{name_of(why)}}});
  retry_later();
}

void redis_consumer_state::note_unreadable(const redis_entry_id& id, refusal_reason why, std::string_view detail) {
  home_->counters.failed_broadcasts.add();
  home_->counters.entries.unreadable.add();
  note_refusal(*home_, why, "redis entry " + to_text(id), detail);
}

void redis_consumer_state::finish(held_entries::iterator entry) {
  auto& of = entry->second;
  bytes_ -= of.payload.size();
  of.payload = {};
  source_->acknowledge(entry->first);
}

void redis_consumer_state::forget(const entries_acknowledged& what) {
  for (const auto& id : what.ids)
    home_->counters.entries.acknowledged.add(held_.erase(id));
  home_->counters.entries.pending.set(held_.size());
  read_on();
  leave_if_done();
}

// -- logs that refuse ---

void redis_consumer_state::retry_later() {
  if (is_ending_)
    return leave_if_done();
  if (!std::exchange(retry_pending_, true))
    self_->delayed_send(self_, retries_.next(self_->clock().now(), home_->random), retry_entries{});
}

// Publishes the first one alone: the others would be refused, too, again and again.
void redis_consumer_state::retry() {
  retry_pending_ = false;
  if (refused_.empty() || probe_ || is_ending_)
    return;
  probe_ = *refused_.begin();
  home_->counters.entries.retried.add();
  publish(held_.find(*probe_));
}

// The log has taken a publication that it had refused, so it takes the others, too.
void redis_consumer_state::goes_on() {
  retries_.succeeded();
  waits_for_log_ = false;
  for (const auto& id : std::exchange(refused_, {})) {
    home_->counters.entries.retried.add();
    publish(held_.find(id));
  }
  read_on();
}

// -- room ---

void redis_consumer_state::read_on() {
  if (is_reading_ || is_ending_ || waits_for_gate_ || waits_for_log_ || !has_room())
    return;
  if (home_->here.gate.full()) {
    waits_for_gate_ = true;
    home_->here.gate.when_open(this,
                               [owner = redis_consumer_actor{self_}] { caf::anon_send(owner, ingress_reopened{}); });
    return;
  }
  is_reading_ = true;
  source_->read(std::min(most_at_a_time, home_->settings.redis_stream.max_pending - held_.size()));
}

bool redis_consumer_state::has_room() {
  const auto most = home_->settings.redis_stream.max_pending;
  const auto most_bytes = home_->settings.max_pending_bytes;
  if (held_.size() >= most || bytes_ >= most_bytes)
    waits_for_acks_ = true;
  else if (held_.size() <= most / 2 && bytes_ <= most_bytes / 2)
    waits_for_acks_ = false;
  return !waits_for_acks_;
}

// -- entries that take long ---

void redis_consumer_state::tend_later() {
  self_->delayed_send(self_, home_->settings.redis_stream.claim_after / tended_in_time, tend_entries{});
}

void redis_consumer_state::tend() {
  std::vector<redis_entry_id> old;
  for (auto& [id, of] : held_)
    if (std::exchange(of.is_old, true))
      old.push_back(id);
  if (!old.empty())
    source_->keep(old);
  if (is_ending_)
    return;
  if (!waits_for_gate_ && !waits_for_log_ && has_room())
    source_->claim(home_->settings.redis_stream.max_pending - held_.size());
  tend_later();
}

// -- end ---

void redis_consumer_state::end() {
  if (std::exchange(is_ending_, true))
    return;
  source_->stop_reading();
  self_->delayed_send(self_, last_wait, group_left{});
  leave_if_done();
}

// Refused entries are left to others.
void redis_consumer_state::leave_if_done() {
  if (!is_ending_ || held_.size() > refused_.size() || std::exchange(is_leaving_, true))
    return;
  source_->leave();
}

redis_consumer_actor spawn_redis_consumer(lane_home& home, std::shared_ptr<entry_source> source) {
  return spawn_on<redis_consumer_actor, redis_consumer_state>(home.here.system, home.runs_on, home, std::move(source));
}

}  // namespace ability
