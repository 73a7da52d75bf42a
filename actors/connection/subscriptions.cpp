// Streams that a connection follows.
#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "actors/connection/connection.hpp"

namespace ability {

namespace {

// Bound on open subscribes: CAF finds the request of a response by linear search, so more would cost quadratic time.
constexpr std::size_t most_asked = 64;

}  // namespace

void connection_state::follow(subscription& by, const std::vector<std::string>& streams, std::function<void()> then) {
  std::unordered_set<std::string_view> known;
  for (const auto& each : by.streams)
    known.insert(*each.stream);
  const auto followers = count_followers(streams);
  auto room = room_for(by);
  std::vector<std::string> wanted;
  for (const auto& stream : streams) {
    if (stream.empty() || known.contains(stream))
      continue;
    const bool too_many = room == 0;
    if (too_many || is_crowded(stream, followers)) {
      kept_out_ = too_many ? limit::connection_streams : limit::stream_subscriptions;
      home_->counters.hit(*kept_out_);
      continue;
    }
    --room;
    wanted.push_back(stream);
    if (streams.size() > 1)
      known.insert(stream);
  }
  if (wanted.empty()) {
    then();
    return;
  }
  std::ranges::reverse(wanted);
  const auto unasked = wanted.size();
  by.pending_streams = std::make_unique<pending_follows>(pending_follows{std::move(wanted), unasked});
  when_followed_ = std::move(then);
  ask_streams(by);
}

void connection_state::ask_streams(subscription& by) {
  auto& [streams, unasked] = *by.pending_streams;
  while (unasked > 0 && streams.size() - unasked < most_asked) {
    const auto& stream = streams[--unasked];
    self_
        ->request(home_->here.directory_of(stream), caf::infinite,
                  subscribe{stream, key_of(by), format_, connection_actor{self_}})
        .then([this, identifier = by.identifier](const subscribed& news) { confirm(identifier, news); },
              // The stream failed; its present subscribers are told to come back, too.
              [this](const caf::error&) {
                busy_ = false;
                say_goodbye({{}, std::string{disconnect_reason::server_restart}, true});
              });
  }
}

// Number of further streams that the subscription may follow. A stream that the client names is the only one of its
// subscription, and the number of subscriptions is bounded.
std::size_t connection_state::room_for(const subscription& by) const {
  if (by.state == nullptr)
    return 1;
  const auto most = home_->settings.max_connection_streams;
  std::size_t given = 0;
  for (const auto& each : subscriptions_)
    given += each.state == nullptr ? 0 : each.streams.size();
  return most - std::min(most, given);
}

// Counts the connection's subscriptions to each of `streams`, in one pass over all that it follows, for any number of
// `streams`. Empty if none can have too many.
connection_state::follower_counts connection_state::count_followers(const std::vector<std::string>& streams) const {
  follower_counts counts;
  if (subscriptions_.size() <= home_->settings.max_stream_subscriptions)
    return counts;
  for (const auto& stream : streams)
    counts.emplace(stream, 0);
  for (const auto& by : subscriptions_)
    for (const auto& each : by.streams)
      if (const auto found = counts.find(*each.stream); found != counts.end())
        ++found->second;
  return counts;
}

// True at the limit of subscriptions to one stream: each of them is one more copy of every message.
bool connection_state::is_crowded(const std::string& stream, const follower_counts& followers) const {
  const auto found = followers.find(stream);
  return found != followers.end() && found->second >= home_->settings.max_stream_subscriptions;
}

std::string_view connection_state::why_kept_out(limit bound) noexcept {
  return bound == limit::connection_streams ? "too many streams of this connection"
                                            : "too many subscriptions to this stream";
}

std::string connection_state::key_of(const subscription& by) const { return format_->key(by.identifier, by.tag); }

void connection_state::confirm(const std::string& identifier, const subscribed& news) {
  auto by = find(identifier);  // exists, as no command is handled until this one has its answer
  auto& [pending, unasked] = *by->pending_streams;
  const auto asked = std::find(pending.begin() + static_cast<std::ptrdiff_t>(unasked), pending.end(), *news.stream);
  std::iter_swap(asked, pending.end() - 1);
  pending.pop_back();
  if (news.actor)
    by->streams.push_back({news.stream, news.actor, news.slot});
  else
    kept_out_ = limit::stream_identifiers;
  if (!pending.empty()) {
    ask_streams(*by);
    return;
  }
  by->pending_streams = nullptr;
  std::exchange(when_followed_, nullptr)();
}

void connection_state::leave(const subscription& old) {
  for (const auto& each : old.streams)
    leave(old, each);
  if (old.pending_streams == nullptr)
    return;
  const auto& [streams, unasked] = *old.pending_streams;
  for (auto at = unasked; at < streams.size(); ++at)
    caf::anon_send(home_->here.directory_of(streams[at]),
                   unsubscribe{streams[at], key_of(old), format_, connection_actor{self_}, unsubscribe::unknown_slot});
}

void connection_state::leave(const subscription& old, const followed& stream) {
  caf::anon_send(stream.actor, unsubscribe{{}, key_of(old), format_, connection_actor{self_}, stream.slot});
}

std::vector<connection_state::subscription>::iterator connection_state::find(std::string_view identifier) {
  return std::ranges::find(subscriptions_, identifier, &subscription::identifier);
}

}  // namespace ability
