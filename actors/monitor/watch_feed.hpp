/// The monitor's feed: snapshots and events for watching programs.
#pragma once

#include <array>
#include <caf/actor_addr.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/monitor/messages.hpp"
#include "actors/node/events.hpp"
#include "actors/node/node.hpp"
#include "actors/node/totals.hpp"
#include "protocol/monitor/answers.hpp"

namespace ability {

/// Part of the monitor actor, whose messages and timers it uses. Sessions with the same wish share one text. It does
/// nothing while no program watches.
class monitor_feed {
public:
  static constexpr std::size_t max_watchers = 64;
  static constexpr std::chrono::milliseconds gathering_time{100};  ///< time to gather events before they are sent
  static constexpr std::size_t max_events = 1'000;                 ///< per feed message
  static constexpr unsigned max_feeds = 4;  ///< messages of events per gathering time; further events are dropped

  monitor_feed(monitor_actor::pointer self, node& here) : self_{self}, here_{here} {}
  monitor_feed(const monitor_feed&) = delete;
  monitor_feed& operator=(const monitor_feed&) = delete;
  ~monitor_feed();

  /// Adds the wish of a session, or replaces its earlier one.
  monitor_answer add(const watch_node& wish);

  /// Forgets a session that no longer watches or has ended.
  void forget(const caf::actor_addr& session);

  void take(const happened& event);
  void tell_events();
  void tell_snapshot(const snapshot_due& due);

private:
  using clock = std::chrono::steady_clock;

  struct watcher {
    monitor_session_actor session;
    std::chrono::milliseconds interval;
    std::uint32_t events;
  };
  // Counters at one time; the next snapshot reports the differences.
  struct reading {
    clock::time_point at;
    std::array<std::uint64_t, 7> totals;  // in the order of `rates_report`
    latency_counts latency;
  };
  // Snapshots of one interval.
  struct round {
    std::uint64_t id;
    clock::time_point due;
    reading last;
  };
  struct gathered {
    event_kind what;
    std::string json;
  };

  void join_round(std::chrono::milliseconds interval);
  void leave_round(std::chrono::milliseconds interval);
  void schedule(std::chrono::milliseconds interval, round& next);
  reading read() const;
  std::string snapshot(const reading& now, const reading& before) const;
  bool is_full(std::size_t more_bytes) const noexcept;
  void hand_out_events();
  void show_wishes();
  std::string events_for(std::uint32_t mask, std::uint64_t dropped) const;

  monitor_actor::pointer self_;
  node& here_;
  std::vector<watcher> watchers_;
  std::map<std::chrono::milliseconds, round> rounds_;
  std::uint64_t last_round_ = 0;
  std::vector<gathered> events_;
  std::size_t events_bytes_ = 0;
  unsigned feeds_ = 0;  // since the gathering began
  std::uint64_t dropped_ = 0;
  bool gathering_ = false;
};

}  // namespace ability
