// Which streams a connection follows.
#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/connection.hpp"

namespace ability {

void connection_state::follow(subscription& by, const std::vector<std::string>& streams, std::function<void()> then) {
  for (const auto& stream : streams) {
    const auto is_it = [&](const auto& each) { return *each.stream == stream; };
    if (stream.empty() || std::ranges::any_of(by.streams, is_it) ||
        std::ranges::find(by.pending_streams, stream) != by.pending_streams.end())
      continue;
    by.pending_streams.push_back(stream);
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
  if (awaited_streams_ == 0)
    then();
  else
    when_followed_ = std::move(then);
}

std::string connection_state::wire_name(const subscription& of) const {
  return ability::wire_name(encoding_, of.identifier, of.alias);
}

void connection_state::confirm(const std::string& identifier, const subscribed& news) {
  auto by = find(identifier);  // there, as no command is handled until this one has its answer
  std::erase(by->pending_streams, *news.stream);
  by->pending_streams.shrink_to_fit();
  by->streams.push_back({news.stream, news.actor, news.slot});
  if (--awaited_streams_ == 0)
    std::exchange(when_followed_, nullptr)();
}

void connection_state::leave(const subscription& old) {
  for (const auto& each : old.streams)
    leave(old, each);
  for (const auto& stream : old.pending_streams)
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
