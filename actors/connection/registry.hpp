/// The registry actor: the connections of one lane.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "actors/broadcast/messages.hpp"
#include "actors/connection/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/sessions/messages.hpp"

namespace ability {

/// Finds connections by identity and by sid. Identities are stored as hashes: a connection that is found compares its
/// full identity.
class registry_state {
public:
  static constexpr const char* name = "ability.registry";
  static constexpr std::chrono::milliseconds drain_interval{100};

  explicit registry_state(registry_actor::pointer self) : self_{self} {}
  registry_state(const registry_state&) = delete;
  registry_state& operator=(const registry_state&) = delete;

  void start(lane_home& home) { home_ = &home; }
  registry_actor::behavior_type make_behavior();

private:
  void add(const connection_opened& news);
  void remove(const connection_closed& news);
  void disconnect(const disconnect_identity& order);
  void disconnect(const disconnect_all& order);
  void drain(const drain_connections& order);
  void cancel_drain();
  void drain_next();
  void call_if_empty();
  connection_page list(const list_connections& question) const;
  void surrender(const surrender_session& order);
  connection_page find(const find_connection& question) const;

  // 80 bytes with the tree node and the sid, as measured with the daemon's allocator.
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

  // A connection with the hash of its identity; null: sorts before all others of the hash.
  using identified = std::pair<std::size_t, const record*>;
  // The address decides only between equal sids, as it differs from run to run.
  struct by_hash_and_sid {
    bool operator()(const identified& a, const identified& b) const noexcept {
      if (a.first != b.first || a.second == nullptr || b.second == nullptr)
        return a < b;
      const auto order = by_sid::key(*a.second).compare(by_sid::key(*b.second));
      return order != 0 ? order < 0 : a.second < b.second;
    }
  };

  registry_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::multiset<record, by_sid> connections_;
  std::set<identified, by_hash_and_sid> by_identity_;  // hashes may repeat
  struct drain_state {
    std::int64_t steps;  // number of steps in the time
    std::size_t there;   // connections at the start
    bool reconnect;
    std::int64_t taken = 0;  // steps done
    std::size_t told = 0;
    std::string last_told = {};  // sid of the connection told last
  };
  std::optional<drain_state> draining_;
  bool step_is_due_ = false;  // a `drain_some` is scheduled
  std::optional<await_no_connections> awaited_;
  std::optional<disconnect_all> closed_;  // set once all were disconnected: later connections are, too
};

/// Spawns the registry of a lane.
registry_actor spawn_registry(lane_home& home);

/// Calls `done` once, on any thread, when no lane has a connection; with `entering_too` also none that waits for a
/// decision on its admission. A registry that has failed is not waited for. A later request ends an earlier one, whose
/// `done` is then called, too.
void when_no_connections(const node& here, bool entering_too, std::function<void()> done);

}  // namespace ability
