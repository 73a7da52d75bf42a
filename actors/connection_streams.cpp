// Which streams a connection follows.
#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <unordered_set>
#include <utility>

#include "actors/connection.hpp"

namespace ability {

void connection_state::follow(subscription& by, const std::vector<std::string>& streams, std::function<void()> then) {
  if (by.pending_streams == nullptr)
    by.pending_streams = std::make_unique<std::set<std::string>>();
  std::unordered_set<std::string_view> followed_already;
  for (const auto& each : by.streams)
    followed_already.insert(*each.stream);
  for (const auto& stream : streams) {
    if (stream.empty() || followed_already.contains(stream) || by.pending_streams->contains(stream))
      continue;
    if (!may_follow(stream)) {
      home_->counters.hit(limit::stream_subscriptions);
      kept_out_ = true;
      continue;
    }
    by.pending_streams->insert(stream);
    ++awaited_streams_;
    self_
        ->request(home_->here.directory_of(stream), caf::infinite,
                  subscribe{stream, wire_name(by), encoding_, connection_actor{self_}})
        .then([this, identifier = by.identifier](const subscribed& news) { confirm(identifier, news); },
              // The stream failed; those who follow it already are told to come back, too.
              [this](const caf::error&) {
                busy_ = false;
                say_goodbye({{}, std::string{disconnect_reason::server_restart}, true});
              });
  }
  if (awaited_streams_ > 0) {
    when_followed_ = std::move(then);
    return;
  }
  by.pending_streams = nullptr;
  then();
}

// Each of a connection's subscriptions to a stream is one more copy of every message.
bool connection_state::may_follow(std::string_view stream) const {
  const auto most = home_->settings.max_stream_subscriptions;
  if (subscriptions_.size() <= most)
    return true;
  const auto is_stream = [&](const followed& each) { return *each.stream == stream; };
  return std::ranges::count_if(subscriptions_, [&](const subscription& by) {
           return std::ranges::any_of(by.streams, is_stream);
         }) < static_cast<std::ptrdiff_t>(most);
}

std::string connection_state::wire_name(const subscription& of) const {
  return ability::wire_name(encoding_, of.identifier, of.alias);
}

void connection_state::confirm(const std::string& identifier, const subscribed& news) {
  auto by = find(identifier);  // there, as no command is handled until this one has its answer
  by->pending_streams->erase(*news.stream);
  if (news.actor)
    by->streams.push_back({news.stream, news.actor, news.slot});
  else
    kept_out_ = true;
  if (--awaited_streams_ > 0)
    return;
  by->pending_streams = nullptr;
  std::exchange(when_followed_, nullptr)();
}

void connection_state::leave(const subscription& old) {
  for (const auto& each : old.streams)
    leave(old, each);
  if (old.pending_streams == nullptr)
    return;
  for (const auto& stream : *old.pending_streams)
    caf::anon_send(home_->here.directory_of(stream),
                   unsubscribe{stream, wire_name(old), encoding_, connection_actor{self_}, unsubscribe::unknown_slot});
}

void connection_state::leave(const subscription& old, const followed& stream) {
  caf::anon_send(stream.actor, unsubscribe{{}, wire_name(old), encoding_, connection_actor{self_}, stream.slot});
}

std::vector<connection_state::subscription>::iterator connection_state::find(std::string_view identifier) {
  return std::ranges::find(subscriptions_, identifier, &subscription::identifier);
}

}  // namespace ability
