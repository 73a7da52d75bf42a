/// The monitor actor: queries and commands of monitoring programs, and their feed.
#pragma once

#include <caf/actor_addr.hpp>
#include <caf/typed_response_promise.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "actors/monitor/messages.hpp"
#include "actors/monitor/node_query.hpp"
#include "actors/monitor/watch_feed.hpp"
#include "actors/node/control.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Spawns a query actor for each question of monitor sessions, a few at a time, and feeds sessions that watch. Programs
/// cannot address it.
class monitor_state {
public:
  static constexpr const char* name = "ability.monitor";
  static constexpr std::size_t max_under_way = 4;  ///< queries
  static constexpr std::size_t max_waiting = 64;   ///< questions

  explicit monitor_state(monitor_actor::pointer self) : self_{self} {}
  monitor_state(const monitor_state&) = delete;
  monitor_state& operator=(const monitor_state&) = delete;

  /// Ends its queries.
  ~monitor_state();

  void start(lane_home& home, node_control& control);
  monitor_actor::behavior_type make_behavior();

private:
  using promise = caf::typed_response_promise<monitor_answer>;

  struct waiting {
    monitor_question what;
    promise to;
  };
  struct under_way {
    query_actor query;
    promise to;
  };

  promise take(const ask_monitor& asked);
  void start_queries();
  void end_query(const caf::actor_addr& query, std::string answer);

  monitor_actor::pointer self_;
  lane_home* home_ = nullptr;
  node_control* control_ = nullptr;
  node_start started_{};
  std::deque<waiting> waiting_;
  std::vector<under_way> under_way_;
  std::unique_ptr<monitor_feed> feed_;
};

/// Spawns the actor on the lane of `home`, the cluster's; store it in `node::monitor`. It sends nothing on its own
/// while no program watches. `control` outlives it.
monitor_actor spawn_monitor(lane_home& home, node_control& control);

}  // namespace ability
