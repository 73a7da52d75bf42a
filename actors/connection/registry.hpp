/// The registry actor: the connections of one lane.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "actors/messages.hpp"
#include "actors/node/node.hpp"

namespace ability {

/// Finds connections by identity and by sid. Identities are kept as hashes: a connection that is found compares its
/// own.
class registry_state {
public:
  static constexpr const char* name = "ability.registry";
  static constexpr std::chrono::milliseconds drain_interval{100};

  explicit registry_state(registry_actor::pointer self) : self_{self} {}
  registry_state(const registry_state&) = delete;
  registry_state& operator=(const registry_state&) = delete;

  void start(lane_home&) {}
  registry_actor::behavior_type make_behavior();

private:
  void add(const connection_opened& news);
  void remove(const connection_closed& news);
  void disconnect(const disconnect_identity& order);
  void disconnect(const disconnect_all& order);
  void drain(const drain_connections& order);
  void cancel_drain();
  void drain_next();
  connection_page list(const list_connections& question) const;
  connection_page find(const find_connection& question) const;

  // 80 bytes with its node and its text, as the allocator of the daemon counts.
  struct record {
    std::unique_ptr<char[]> sid;  // ends with a NUL
    connection_actor connection;
  };
  struct by_sid {
    using is_transparent = void;
    static std::string_view key(const record& of) noexcept { return of.sid.get(); }
    static std::string_view key(std::string_view sid) noexcept { return sid; }
    bool operator()(const auto& a, const auto& b) const noexcept { return key(a) < key(b); }
  };

  registry_actor::pointer self_;
  std::multiset<record, by_sid> connections_;
  std::set<std::pair<std::size_t, const record*>> by_identity_;  // by its hash; any number have the same one
  struct drain_state {
    std::int64_t steps;  // that there is time for
    std::size_t there;   // when it began
    bool reconnect;
    std::int64_t taken = 0;  // steps
    std::size_t told = 0;
    std::string last_told = {};  // its sid
  };
  std::optional<drain_state> draining_;
  bool step_is_due_ = false;              // a `drain_some` is on its way
  std::optional<disconnect_all> closed_;  // set once everybody was disconnected: who comes later is too
};

/// Spawns the registry of a lane.
registry_actor spawn_registry(lane_home& home);

}  // namespace ability
