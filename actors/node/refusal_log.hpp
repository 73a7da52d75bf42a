/// The log lines about what a lane refuses.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actors/node/refusal_reason.hpp"

namespace ability {

class lane;

/// Writes a few lines each second for clients, tokens, publications, monitoring programs and nodes, and how many it has
/// left out. Used on one lane only.
class refusal_log {
public:
  /// For each of them.
  static constexpr unsigned lines_per_second = 10;

  /// `runs_on`: null in tests; then what was left out is told when more is refused.
  explicit refusal_log(lane* runs_on) noexcept : runs_on_{runs_on} {}
  refusal_log(const refusal_log&) = delete;
  refusal_log& operator=(const refusal_log&) = delete;

  /// Tells what was left out.
  ~refusal_log();

  /// Whether a line may be written now; if not, it is counted. Asked before values are made into text.
  bool wants(refusal_reason why) { return wants(name_of(why).what); }

  /// The same of nodes that the cluster refuses, which are counted elsewhere.
  bool wants_node() { return wants("node"); }

  /// One line. `peer`: who was refused; `detail`: what was wrong, and the remedy.
  static void write(refusal_reason why, std::string_view peer, std::string_view detail);

private:
  using clock = std::chrono::steady_clock;

  struct budget {
    std::string_view what;
    clock::time_point second = {};  // its begin
    unsigned lines = 0;             // that were written in it
    std::uint64_t left_out = 0;
  };

  bool wants(std::string_view what);
  static void tell(budget& of);

  lane* runs_on_;
  std::array<budget, 5> budgets_{{{"client"}, {"token"}, {"publication"}, {"monitor_login"}, {"node"}}};
};

struct lane_home;

/// Counts what was refused. On the lane of `home`.
void count_refusal(lane_home& home, refusal_reason why);

/// The same, and writes a line of it if there is room for one.
void note_refusal(lane_home& home, refusal_reason why, std::string_view peer, std::string_view detail);

/// The same, where it costs something to find out the peer.
void note_refusal(lane_home& home, refusal_reason why, const std::function<std::string()>& peer,
                  std::string_view detail);

}  // namespace ability
