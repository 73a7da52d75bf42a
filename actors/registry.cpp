#include "actors/registry.hpp"

#include <caf/send.hpp>

#include "actors/pinned.hpp"

namespace ability {

registry_actor::behavior_type registry_state::make_behavior() {
  return {
      [this](const connection_opened& news) { add(news); },
      [this](const connection_closed& news) { remove(news); },
      [this](const disconnect_identity& order) { disconnect(order); },
      [this](const disconnect_all& order) { disconnect(order); },
      [](const list_connections&) { return connection_page{}; },
  };
}

void registry_state::add(const connection_opened& news) {
  connections_.emplace(news.identity_hash, news.connection);
  if (closed_)
    caf::anon_send(news.connection, disconnect_client{{}, closed_->reason, closed_->reconnect});
}

void registry_state::remove(const connection_closed& news) {
  auto [it, end] = connections_.equal_range(news.identity_hash);
  for (; it != end; ++it) {
    if (it->second == news.connection) {
      connections_.erase(it);
      return;
    }
  }
}

void registry_state::disconnect(const disconnect_identity& order) {
  const auto [first, last] = connections_.equal_range(std::hash<std::string>{}(order.identity));
  for (auto it = first; it != last; ++it)
    caf::anon_send(it->second,
                   disconnect_client{order.identity, std::string{disconnect_reason::remote}, order.reconnect});
}

void registry_state::disconnect(const disconnect_all& order) {
  closed_ = order;
  for (const auto& [hash, connection] : connections_)
    caf::anon_send(connection, disconnect_client{{}, order.reason, order.reconnect});
}

registry_actor spawn_registry(lane_home& home) {
  return spawn_on<registry_actor, registry_state>(home.here.system, home.runs_on, home);
}

}  // namespace ability
