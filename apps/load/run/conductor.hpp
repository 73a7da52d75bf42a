/// The conductor of one process's part of a load test.
#pragma once

#include <caf/actor_system.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "apps/load/clients/lane_desk.hpp"
#include "apps/load/run/generator_health.hpp"
#include "apps/load/run/part_talk.hpp"

namespace ability {
class lane;
}

namespace ability::load {

/// Objects that a conductor uses. All of them outlive the conductor, its keepers and its clients.
struct conductor_setup {
  const run_plan& plan;
  stream_table& streams;
  part_share share{};
  std::vector<lane_desk*> desks;  ///< one per lane
  std::vector<lane*> homes;       ///< the same lanes; null in tests
  /// Sends news to the director. Called on the conductor's lane, the first one.
  std::function<void(part_news)> tell;
};

/// Begins clients by their group's ramp, limits concurrent connects, manages meets, and collects the lanes' counts of
/// each second. Ends after it has reported the end of its part.
class conductor {
public:
  static constexpr const char* name = "ability.load.conductor";

  explicit conductor(conductor_actor::pointer self) : self_{self} {}
  conductor(const conductor&) = delete;
  conductor& operator=(const conductor&) = delete;

  void start(conductor_setup setup);
  conductor_actor::behavior_type make_behavior();

private:
  struct group_state {
    std::size_t clients = 0;  // in this part
    std::size_t begun = 0;
    std::size_t at_once = 0;
    std::size_t connecting = 0;
    std::deque<virtual_client_actor> want_to_connect;
  };
  struct meet_state {
    std::size_t expected = 0;  // clients that may still come, including the waiting ones
    std::unordered_map<caf::actor_id, virtual_client_actor> waiting;
    bool told_ready = false;
    bool told_gone = false;
  };

  // -- clients (conductor.cpp)
  void on_order(const part_order& order);
  void begin(std::int64_t at_ns);
  void begin_clients();
  void begin_client(std::size_t group);
  void on_wanted(const connect_wanted& wish);
  void on_settled(std::size_t group);
  void on_finished(const client_finished& news);
  void look_at(std::size_t meet);
  void open(std::size_t meet);
  void halt(const part_order& order);
  void wind_down_all();
  void dismiss_all();
  void tell(part_news::kind what, std::size_t meet = 0);

  // -- counts (conductor_counts.cpp)
  void wait_for_second();
  void ask_lanes(bool is_last);
  void on_counted(const lane_counted& news);
  void end_second();
  void tell_groups();
  void tell_second();
  void tell_end();

  network& clock() const { return setup_->desks.front()->net; }
  double seconds_since_start() const { return static_cast<double>(clock().now_ns() - began_ns_) / 1e9; }

  conductor_actor::pointer self_;
  std::unique_ptr<conductor_setup> setup_;
  std::int64_t began_ns_ = 0;
  std::vector<group_state> groups_;
  std::vector<meet_state> meets_;
  std::vector<virtual_client_actor> clients_;
  std::vector<lane_keeper_actor> keepers_;
  std::size_t all_clients_ = 0;
  std::size_t finished_ = 0;
  std::size_t settled_ = 0;
  std::size_t left_ = 0;
  bool halted_ = false;
  bool halt_is_failure_ = false;
  std::string halt_reason_;
  bool winding_down_ = false;
  bool dismissing_ = false;

  std::size_t lanes_asked_ = 0;  // lanes without an answer yet
  bool is_last_ = false;
  std::uint64_t asked_second_ = 0;  // second that the lanes were asked for
  std::uint64_t told_second_ = 0;
  run_report gathered_;
  std::vector<group_outcome> outcomes_;  // by group; empty: nothing to report
  std::uint64_t connections_ = 0;
  std::int64_t longest_lag_ns_ = 0;
  double busiest_lane_ = 0;  // share of a core
  double cpu_s_ = 0;
  double told_s_ = 0;
  generator_health health_;

  std::unique_ptr<timer_ticket> ramp_ticket_;
  std::unique_ptr<timer_ticket> second_ticket_;
};

/// Spawns the conductor on the first lane.
conductor_actor spawn_conductor(caf::actor_system& system, conductor_setup setup);

}  // namespace ability::load
