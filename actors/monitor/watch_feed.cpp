#include "actors/monitor/watch_feed.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <memory>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/node/process_usage.hpp"
#include "actors/node/unix_ms.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocol/monitor/feeds.hpp"

namespace ability {

namespace {

// Bytes of a feed message beside its events.
constexpr std::size_t envelope = 1'000;

}  // namespace

monitor_feed::~monitor_feed() { here_.watched_events = 0; }

// -- watchers ---

monitor_answer monitor_feed::add(const watch_node& wish) {
  auto known = std::ranges::find(watchers_, wish.session, &watcher::session);
  if (known == watchers_.end()) {
    if (watchers_.size() >= max_watchers)
      return {encode_failure(monitor_error::busy, "64 programs watch this node already, one of them has to leave")};
    self_->monitor(wish.session);
    watchers_.push_back({wish.session, {}, 0});
    known = watchers_.end() - 1;
  }
  const auto before = std::exchange(known->interval, wish.interval);
  known->events = wish.events;
  leave_round(before);
  join_round(wish.interval);
  show_wishes();
  return {encode_watching(true)};
}

void monitor_feed::forget(const caf::actor_addr& session) {
  const auto known =
      std::ranges::find_if(watchers_, [&](const auto& each) { return each.session.address() == session; });
  if (known == watchers_.end())
    return;
  self_->demonitor(session);
  const auto interval = known->interval;
  watchers_.erase(known);
  leave_round(interval);
  show_wishes();
}

void monitor_feed::show_wishes() {
  std::uint32_t all = 0;
  for (const auto& each : watchers_)
    all |= each.events;
  here_.watched_events = all;
}

// -- snapshots ---

void monitor_feed::join_round(std::chrono::milliseconds interval) {
  if (interval.count() == 0 || rounds_.contains(interval))
    return;
  const auto now = read();
  auto& added = rounds_.emplace(interval, round{++last_round_, now.at, now}).first->second;
  schedule(interval, added);
}

void monitor_feed::leave_round(std::chrono::milliseconds interval) {
  if (std::ranges::find(watchers_, interval, &watcher::interval) == watchers_.end())
    rounds_.erase(interval);
}

// Keeps an even pace even if one snapshot is late; snapshots that were missed altogether are skipped.
void monitor_feed::schedule(std::chrono::milliseconds interval, round& next) {
  const auto now = self_->clock().now();
  next.due += interval;
  if (next.due <= now)
    next.due = now + interval;
  self_->delayed_send(self_, next.due - now, snapshot_due{next.id});
}

void monitor_feed::tell_snapshot(const snapshot_due& due) {
  const auto found = std::ranges::find_if(rounds_, [&](const auto& each) { return each.second.id == due.round; });
  if (found == rounds_.end())
    return;
  auto& [interval, current] = *found;
  const auto now = read();
  const auto text = std::make_shared<const std::string>(snapshot(now, std::exchange(current.last, now)));
  for (const auto& each : watchers_)
    if (each.interval == interval)
      caf::anon_send(each.session, feed{"snapshot", text});
  schedule(interval, current);
}

monitor_feed::reading monitor_feed::read() const {
  using c = lane_counters;
  const auto total = [this](counter c::*which) { return total_of(here_, which); };
  return {self_->clock().now(),
          {total(&c::connections_opened), total(&c::connections_closed), total(&c::client_messages),
           total(&c::broadcasts), total(&c::delivered), total(&c::bytes_received), total(&c::bytes_sent)},
          count_latency(here_)};
}

std::string monitor_feed::snapshot(const reading& now, const reading& before) const {
  const auto seconds = std::chrono::duration<double>(now.at - before.at).count();
  const auto rate = [&](std::size_t which) {
    return seconds > 0 ? static_cast<double>(now.totals[which] - before.totals[which]) / seconds : 0;
  };
  const auto used = measure_process();
  return encode_snapshot({.at_ms = unix_ms(here_.wall_clock()),
                          .interval_s = seconds,
                          .node = here_.settings.cluster.self.name,
                          .connections = open_connections(here_),
                          .streams = open_streams(here_),
                          .pending_broadcasts = here_.gate.pending(),
                          .counters = all_counters(here_),
                          .rates = {rate(0), rate(1), rate(2), rate(3), rate(4), rate(5), rate(6)},
                          .latency = report_latency(difference(now.latency, before.latency)),
                          .cpu_s = used.cpu_seconds,
                          .rss_bytes = used.resident_bytes});
}

// -- events ---

bool monitor_feed::is_full(std::size_t more_bytes) const noexcept {
  return events_.size() >= max_events || events_bytes_ + more_bytes + envelope > max_answer_size;
}

void monitor_feed::take(const happened& event) {
  here_.events_in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (!is_watched(here_, event.what))
    return;
  auto json = encode_event(event.what, unix_ms(event.when), event.subject, event.detail);
  if (!std::exchange(gathering_, true))
    self_->delayed_send(self_, gathering_time, events_due{});
  if (is_full(json.size())) {
    if (feeds_ + 1 >= max_feeds) {
      ++dropped_;
      return;
    }
    hand_out_events();
  }
  events_bytes_ += json.size() + 1;
  events_.push_back({event.what, std::move(json)});
}

void monitor_feed::tell_events() {
  gathering_ = false;
  hand_out_events();
  feeds_ = 0;
}

void monitor_feed::hand_out_events() {
  ++feeds_;
  const auto dropped = std::exchange(dropped_, 0) + here_.events_dropped.exchange(0, std::memory_order_relaxed);
  std::map<std::uint32_t, std::shared_ptr<const std::string>> texts;  // null: no event to send
  for (const auto& each : watchers_) {
    if (each.events == 0)
      continue;
    const auto [text, is_new] = texts.try_emplace(each.events);
    const auto concerns = [&](const gathered& event) { return (bit_of(event.what) & each.events) != 0; };
    if (is_new && (dropped > 0 || std::ranges::any_of(events_, concerns)))
      text->second = std::make_shared<const std::string>(events_for(each.events, dropped));
    if (text->second != nullptr)
      caf::anon_send(each.session, feed{"events", text->second});
  }
  events_.clear();
  events_bytes_ = 0;
}

std::string monitor_feed::events_for(std::uint32_t mask, std::uint64_t dropped) const {
  std::vector<std::string_view> chosen;
  for (const auto& each : events_)
    if ((bit_of(each.what) & mask) != 0)
      chosen.push_back(each.json);
  return encode_events(unix_ms(here_.wall_clock()), here_.settings.cluster.self.name, dropped, chosen);
}

}  // namespace ability
