#include "actors/stream.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <chrono>
#include <utility>

#include "actors/log.hpp"
#include "actors/pinned.hpp"
#include "actors/prefetch.hpp"

namespace ability {

namespace {

// Then the batch leaves: a client's bound on what may wait is judged by the batch.
constexpr std::size_t max_batch_bytes = 65'536;

}  // namespace

stream_state::~stream_state() {
  if (subscribers_ == 0)
    return;
  log(log_level::error, "stream ended while it was followed", {{"stream", *stream_}});
  for (auto& [key, members] : groups_)
    for (auto& subscriber : members.slots)
      if (subscriber)
        caf::anon_send(subscriber, disconnect_client{{}, std::string{disconnect_reason::server_restart}, true});
}

void stream_state::start(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream) {
  home_ = &home;
  directory_ = std::move(directory);
  stream_ = std::move(stream);
}

stream_actor::behavior_type stream_state::make_behavior() {
  return {
      [this](const subscribe& request) { return add(request); },
      [this](const unsubscribe& request) { remove(request); },
      [this](const broadcast_to_stream& published) { append(published.message); },
      [this](flush_stream) { flush(); },
      [this](retire_stream) { self_->quit(); },
      [this](const mark_gap& gap) {
        ++gaps_;
        lost_ += gap.lost;
      },
      [this](const describe_stream& question) { return describe(question.limit); },
  };
}

subscribed stream_state::add(const subscribe& request) {
  flush();  // what was broadcast before is not for the new subscriber
  ++subscribes_seen_;
  auto& members = groups_[group_key{request.encoding, request.wire_name}];
  std::size_t slot = members.slots.size();
  if (members.free.empty()) {
    members.slots.push_back(request.subscriber);
  } else {
    slot = members.free.back();
    members.free.pop_back();
    members.slots[slot] = request.subscriber;
  }
  ++members.subscribers;
  ++subscribers_;
  return {stream_, stream_actor{self_}, slot};
}

void stream_state::remove(const unsubscribe& request) {
  auto found = groups_.find(group_key{request.encoding, request.wire_name});
  if (found == groups_.end())
    return;
  auto& members = found->second;
  auto slot = request.slot;
  if (slot == unsubscribe::unknown_slot)
    slot = static_cast<std::size_t>(std::ranges::find(members.slots, request.subscriber) - members.slots.begin());
  if (slot >= members.slots.size() || members.slots[slot] != request.subscriber)
    return;
  flush(members);
  members.slots[slot] = nullptr;
  members.free.push_back(slot);
  --subscribers_;
  if (--members.subscribers == 0)
    groups_.erase(found);
  if (subscribers_ == 0)
    caf::anon_send(directory_, stream_idle{stream_, subscribes_seen_});
}

void stream_state::append(const broadcast_ptr& message) {
  if (subscribers_ == 0) {  // the directory does not know yet
    home_->counters.unheard_broadcasts.add();
    return;
  }
  home_->counters.broadcast_fanout.observe(static_cast<double>(subscribers_));
  unobserved_.push_back(message->accepted_at());
  for (auto& [key, members] : groups_)
    append(key, members, message);
  if (std::exchange(flush_pending_, true))
    return;
  // What waits in the mailbox now is the batch, and the flush arrives behind it. Most often nothing does.
  if (self_->mailbox().empty())
    flush();
  else
    caf::anon_send(stream_actor{self_}, flush_stream{});
}

void stream_state::append(const group_key& key, group& to, const broadcast_ptr& message) {
  if (to.pending == nullptr) {
    to.pending = std::make_shared<batch>(home_->here.unclaimed_deliveries);
    to.pending->stream = stream_;
    to.pending->wire_name = key.wire_name;
  }
  auto& due = *to.pending;
  auto& bytes = *due.bytes;
  const auto offset = bytes.size();
  append_encoded(bytes, key.encoding, key.wire_name, message->content());
  if (too_long_for(key.encoding, message->content().data))
    home_->counters.undeliverable.add(to.subscribers);
  if (const auto& sid = message->content().exclude_socket; !sid.empty())
    due.exclusions.push_back({offset, bytes.size() - offset, sid});
  ++due.count;
  due.sources.push_back(message);
  if (bytes.size() >= max_batch_bytes)
    flush(to);
}

void stream_state::flush() {
  if (!flush_pending_)
    return;
  flush_pending_ = false;
  const auto now = std::chrono::steady_clock::now();
  for (const auto accepted_at : unobserved_)
    home_->counters.broadcast_latency.observe(std::chrono::duration<double>(now - accepted_at).count());
  unobserved_.clear();
  for (auto& [key, members] : groups_)
    flush(members);
}

void stream_state::flush(group& due) {
  if (due.pending == nullptr)
    return;
  due.pending->recipients = due.subscribers;
  due.pending->hold_at(home_->here.gate);
  const batch_ptr ready = std::exchange(due.pending, nullptr);
  auto& counters = home_->counters;
  counters.deliveries.add(ready->count * due.subscribers);
  for (std::size_t i = 0; i < due.slots.size(); ++i) {
    if (i + prefetch_distance < due.slots.size())
      prefetch_actor(due.slots[i + prefetch_distance]);
    if (due.slots[i])
      caf::anon_send(due.slots[i], deliver{ready});
  }
}

stream_facts stream_state::describe(std::size_t limit) const {
  stream_facts facts{.found = subscribers_ > 0,
                     .name = *stream_,
                     .subscribers = subscribers_,
                     .gaps = gaps_,
                     .lost = lost_,
                     .followers = {}};
  for (const auto& [key, members] : groups_)
    for (const auto& each : members.slots) {
      if (facts.followers.size() >= limit)
        return facts;
      if (each)
        facts.followers.push_back(each);
    }
  return facts;
}

stream_actor spawn_stream(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream) {
  return spawn_on<stream_actor, stream_state>(home.here.system, home.runs_on, home, std::move(directory),
                                              std::move(stream));
}

}  // namespace ability
