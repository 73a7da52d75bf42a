#include "actors/directory.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/events.hpp"
#include "actors/log.hpp"
#include "actors/pinned.hpp"
#include "actors/stream.hpp"

namespace ability {

directory_state::~directory_state() {
  for (const auto& [name, stream] : streams_)
    caf::anon_send(stream.actor, retire_stream{});
}

directory_actor::behavior_type directory_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& lost) { forget(lost); });
  return {
      [this](subscribe& request) { return pass_on(request); },
      [this](unsubscribe& request) { pass_on(request); },
      [this](const broadcasts& published) { publish(published); },
      [this](const stream_idle& notice) { retire(notice); },
      [](const link_opened&) {},
      [](const link_closed&) {},
      [](const peer_interest&) {},
      [](const interest_settled&) {},
      [](const gap_opened&) {},
      [this](const list_streams& question) { return list(question); },
      [this](describe_stream& question) { return describe(question); },
  };
}

caf::delegated<subscribed> directory_state::pass_on(subscribe& request) {
  auto& stream = find_or_spawn(request.stream);
  ++stream.subscribes;
  return self_->delegate(stream.actor, std::move(request));
}

void directory_state::pass_on(unsubscribe& request) {
  if (auto found = streams_.find(request.stream); found != streams_.end())
    caf::anon_send(found->second.actor, std::move(request));
}

void directory_state::publish(const broadcasts& published) {
  auto& counters = home_->counters;
  counters.broadcasts.add(published.messages.size());
  for (const auto& message : published.messages) {
    if (auto found = streams_.find(message->content().stream); found != streams_.end())
      caf::anon_send(found->second.actor, broadcast_to_stream{message});
    else
      counters.unheard_broadcasts.add();
  }
}

void directory_state::retire(const stream_idle& notice) {
  auto found = streams_.find(*notice.stream);
  if (found == streams_.end() || found->second.subscribes != notice.subscribes_seen)
    return;
  const auto actor = found->second.actor;
  self_->demonitor(actor.address());
  names_.erase(*notice.stream);
  streams_.erase(found);
  home_->counters.streams_closed.add();
  report(home_->here, event_kind::stream_retired, *notice.stream);
  caf::anon_send(actor, retire_stream{});
}

void directory_state::forget(const caf::down_msg& lost) {
  for (auto it = streams_.begin(); it != streams_.end(); ++it) {
    if (it->second.actor.address() != lost.source)
      continue;
    log(log_level::error, "stream actor failed", {{"stream", *it->second.name}});
    report(home_->here, event_kind::stream_retired, *it->second.name, "failed");
    names_.erase(*it->second.name);
    streams_.erase(it);
    home_->counters.streams_closed.add();
    return;
  }
}

directory_state::entry& directory_state::find_or_spawn(std::string_view stream) {
  if (auto found = streams_.find(stream); found != streams_.end())
    return found->second;
  auto name = std::make_shared<const std::string>(stream);
  auto actor = spawn_stream(*home_, directory_actor{self_}, name);
  self_->monitor(actor);
  home_->counters.streams_opened.add();
  report(home_->here, event_kind::stream_created, *name);
  const std::string_view key{*name};
  names_.insert(key);
  return streams_.emplace(key, entry{std::move(name), std::move(actor)}).first->second;
}

directory_actor spawn_directory(lane_home& home) {
  return spawn_on<directory_actor, directory_state>(home.here.system, home.runs_on, home);
}

}  // namespace ability
