#include "actors/stream/stream.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <chrono>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/prefetch.hpp"
#include "protocol/client/reply.hpp"

namespace ability {

namespace {

// Size at which a batch is sent: the bound on a client's queue is checked once per batch.
constexpr std::size_t max_batch_bytes = 65'536;

// Bytes of a frame beside its data and its subscription key; most often enough.
constexpr std::size_t frame_bytes = 64;

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
      [this](flush_stream) {
        if (round_ != nullptr)
          go_on();
        else
          flush();
      },
      [this](retire_stream) { self_->quit(); },
      [this](const mark_gap& gap) {
        ++gaps_;
        lost_ += gap.lost;
      },
      [this](const describe_stream& question) { return describe(question.limit); },
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
  auto found = groups_.find(group_key{request.format, request.key});
  if (found == groups_.end())
    return;
  auto& members = found->second;
  auto slot = request.slot;
  if (slot == unsubscribe::unknown_slot)
    slot = static_cast<std::size_t>(std::ranges::find(members.slots, request.subscriber) - members.slots.begin());
  if (slot >= members.slots.size() || members.slots[slot] != request.subscriber)
    return;
  flush();
  members.slots[slot] = nullptr;
  members.free.push_back(slot);
  --subscribers_;
  if (--members.subscribers == 0) {
    if (members.turn != no_turn)
      round_->turns[members.turn] = nullptr;
    name_bytes_ -= request.key.size();
    groups_.erase(found);
  }
  if (subscribers_ == 0)
    caf::anon_send(directory_, stream_idle{stream_, subscribes_seen_});
}

void stream_state::append(const broadcast_ptr& message) {
  if (subscribers_ == 0) {  // the directory does not know that yet
    home_->counters.unheard_broadcasts.add();
    return;
  }
  home_->counters.broadcast_fanout.observe(static_cast<double>(subscribers_));
  due_.push_back(message);
  due_bytes_ += message->content().data.size();
  if (round_ != nullptr)
    return;
  // The flush arrives behind all that is in the mailbox now, which becomes the batch. Most often the mailbox is empty.
  if (due_bytes_ >= max_batch_bytes || (!flush_pending_ && self_->mailbox().empty()))
    flush();
  else if (!std::exchange(flush_pending_, true))
    caf::anon_send(stream_actor{self_}, flush_stream{});
}

// -- sending ---

void stream_state::flush() {
  if (round_ != nullptr || due_.empty())
    return;
  flush_pending_ = false;
  const auto now = self_->clock().now();
  for (const auto& each : due_)
    home_->counters.broadcast_latency.observe(std::chrono::duration<double>(now - each->accepted_at()).count());
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
  // The last subscriber that releases it sends the next `flush_stream`, from any lane.
  const std::shared_ptr<void> pace{nullptr,
                                   [self = stream_actor{self_}](void*) { caf::anon_send(self, flush_stream{}); }};
  in_flight = pace;
  for (std::size_t bytes = 0; bytes < max_in_flight && next_turn < turns.size();) {
    auto* const due = turns[next_turn];
    if (due != nullptr)
      bytes += hand_out(due->first, due->second, messages, next_message, pace);
    if (due != nullptr && next_message < messages.size())
      continue;
    if (due != nullptr)
      due->second.turn = no_turn;
    ++next_turn;
    next_message = 0;
  }
}

// Encodes a batch of the messages from `next` on, and moves `next` behind them.
std::shared_ptr<batch> stream_state::encode(const group_key& key, const std::vector<broadcast_ptr>& messages,
                                            std::size_t& next, std::size_t recipients) {
  std::size_t expected = 0;
  auto last = next;
  for (; last < messages.size() && expected < max_batch_bytes; ++last)
    expected += messages[last]->content().data.size() + key.key.size() + frame_bytes;
  auto made = std::make_shared<batch>(home_->here.unclaimed_deliveries);
  made->hold_at(home_->here.gate, expected);
  made->stream = stream_;
  made->key = key.key;
  made->sources.reserve(last - next);
  auto& bytes = *made->bytes;
  if (!key.format->compresses())
    bytes.reserve(expected + expected / 16);
  for (; next < last && bytes.size() < max_batch_bytes; ++next) {
    const auto& message = messages[next];
    const auto offset = bytes.size();
    if (!key.format->append(bytes, key.key, message->content()))
      home_->counters.undeliverable.add(recipients);
    if (const auto& sid = message->content().exclude_socket; !sid.empty())
      made->exclusions.push_back({offset, bytes.size() - offset, sid});
    ++made->count;
    made->sources.push_back(message);
  }
  made->hold_rest();
  return made;
}

// Sends one batch; returns its size in bytes.
std::size_t stream_state::hand_out(const group_key& key, const group& to, const std::vector<broadcast_ptr>& messages,
                                   std::size_t& next, std::shared_ptr<void> pace) {
  auto made = encode(key, messages, next, to.subscribers);
  made->recipients = to.subscribers;
  made->pace = std::move(pace);
  const batch_ptr ready = std::move(made);
  home_->counters.deliveries.add(ready->count * to.subscribers);
  for (std::size_t i = 0; i < to.slots.size(); ++i) {
    if (i + prefetch_distance < to.slots.size())
      prefetch_actor(to.slots[i + prefetch_distance]);
    if (to.slots[i])
      caf::anon_send(to.slots[i], deliver{ready});
  }
  return ready->bytes->size();
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
