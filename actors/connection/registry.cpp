#include "actors/connection/registry.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <memory>
#include <utility>

#include "actors/runtime/pinned.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

registry_actor::behavior_type registry_state::make_behavior() {
  return {
      [this](const connection_opened& news) { add(news); },
      [this](const connection_closed& news) {
        remove(news);
        call_if_empty();
      },
      [this](connection_refused) { call_if_empty(); },
      [this](const disconnect_identity& order) { disconnect(order); },
      [this](const surrender_session& order) { surrender(order); },
      [this](register_sessions) {
        for (const auto& each : connections_)
          caf::anon_send(each.connection, session_changed{});
      },
      [this](const disconnect_all& order) { disconnect(order); },
      [this](const drain_connections& order) { drain(order); },
      [this](ability::cancel_drain) { cancel_drain(); },
      [this](drain_some) {
        step_is_due_ = false;
        drain_next();
      },
      [this](const await_no_connections& request) {
        awaited_ = request;
        call_if_empty();
      },
      [this](const list_connections& question) { return list(question); },
      [this](const find_connection& question) { return find(question); },
  };
}

void registry_state::add(const connection_opened& news) {
  auto sid = std::make_unique<char[]>(news.sid.size() + 1);
  news.sid.copy(sid.get(), news.sid.size());
  by_identity_.emplace(news.identity_hash, &*connections_.insert({std::move(sid), news.connection}));
  if (closed_)
    caf::anon_send(news.connection, disconnect_client{{}, closed_->reason, closed_->reconnect});
}

void registry_state::remove(const connection_closed& news) {
  const auto [first, last] = connections_.equal_range(std::string_view{news.sid});
  const auto gone = std::find_if(first, last, [&](const record& each) { return each.connection == news.connection; });
  if (gone != last && by_identity_.erase({news.identity_hash, &*gone}) > 0)
    connections_.erase(gone);
}

connection_page registry_state::list(const list_connections& question) const {
  connection_page page;
  for (auto it = connections_.upper_bound(std::string_view{question.after});
       it != connections_.end() && page.entries.size() < question.limit; ++it)
    page.entries.push_back({it->sid.get(), it->connection});
  return page;
}

connection_page registry_state::find(const find_connection& question) const {
  connection_page page;
  const auto [first, last] = connections_.equal_range(std::string_view{question.sid});
  for (auto it = first; it != last; ++it)
    page.entries.push_back({question.sid, it->connection});
  return page;
}

void registry_state::surrender(const surrender_session& order) {
  const auto& sid = order.claim.sid;
  if (const auto found = connections_.find(std::string_view{sid}); found != connections_.end())
    caf::anon_send(found->connection, order);
  else
    caf::anon_send(order.to, session_searched{sid, order.search, session_search::nothing});
}

void registry_state::disconnect(const disconnect_identity& order) {
  const auto hash = std::hash<std::string>{}(order.identity);
  for (auto it = by_identity_.lower_bound({hash, nullptr}); it != by_identity_.end() && it->first == hash; ++it)
    caf::anon_send(it->second->connection,
                   disconnect_client{order.identity, std::string{disconnect_reason::remote}, order.reconnect});
}

void registry_state::disconnect(const disconnect_all& order) {
  closed_ = order;
  for (const auto& each : connections_)
    caf::anon_send(each.connection, disconnect_client{{}, order.reason, order.reconnect});
}

void registry_state::drain(const drain_connections& order) {
  draining_ = {order.within / drain_interval, connections_.size(), order.reconnect};
  if (!step_is_due_)
    drain_next();
}

void registry_state::cancel_drain() {
  draining_.reset();
  closed_.reset();
}

// Spreads evenly, at least one connection per step, so few clients are told sooner. Connections that were told stay
// here until they have ended, so the next ones are behind the one told last.
void registry_state::drain_next() {
  if (!draining_)
    return;
  auto& now = *draining_;
  if (now.taken == now.steps) {
    disconnect(disconnect_all{std::string{disconnect_reason::server_restart}, now.reconnect});
    draining_.reset();
    return;
  }
  const auto due = (now.there * static_cast<std::size_t>(++now.taken) + static_cast<std::size_t>(now.steps) - 1) /
                   static_cast<std::size_t>(now.steps);
  auto it = connections_.upper_bound(std::string_view{now.last_told});
  for (const auto share = std::max(due, now.told + 1); now.told < share && it != connections_.end(); ++now.told, ++it) {
    caf::anon_send(it->connection,
                   disconnect_client{{}, std::string{disconnect_reason::server_restart}, now.reconnect});
    now.last_told = it->sid.get();
  }
  step_is_due_ = true;
  self_->delayed_send(self_, drain_interval, drain_some{});
}

// Reads the counters: they also cover connections whose messages to this actor are still on their way.
void registry_state::call_if_empty() {
  if (!awaited_ || !connections_.empty())
    return;
  const auto& counters = home_->counters;
  if (counters.connections_opened.get() != counters.connections_closed.get() ||
      (awaited_->entering_too && counters.entering.get() > 0))
    return;
  awaited_.reset();
}

registry_actor spawn_registry(lane_home& home) {
  return spawn_on<registry_actor, registry_state>(home.here.system, home.runs_on, home);
}

// The last of the registries to release the token calls `done`. A message to an actor that has ended releases it at
// once.
void when_no_connections(const node& here, bool entering_too, std::function<void()> done) {
  const std::shared_ptr<void> token{nullptr, [done = std::move(done)](void*) { done(); }};
  for (const auto& home : here.lanes)
    caf::anon_send(home->registry, await_no_connections{entering_too, token});
}

}  // namespace ability
