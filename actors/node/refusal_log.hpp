/// Log lines about the refusals of a lane.
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

/// Writes a few lines per second for each of clients, tokens, publications, API calls, monitoring programs, nodes and
/// the application's orders about presence, and the number of lines left out. Used on one lane only.
class refusal_log {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Limit for each kind of refusal.
  static constexpr unsigned lines_per_second = 10;

  /// `runs_on`: null in tests; then the number of lines left out is written at the next refusal.
  explicit refusal_log(lane* runs_on) noexcept : runs_on_{runs_on} {}
  refusal_log(const refusal_log&) = delete;
  refusal_log& operator=(const refusal_log&) = delete;

  /// Writes the number of lines left out.
  ~refusal_log();

  /// True if a line may be written at `now`; otherwise it is counted. Checked before values are formatted.
  bool wants(refusal_reason why, time_point now) { return wants(name_of(why).what, now); }

  /// The same for nodes refused by the cluster, which are counted elsewhere.
  bool wants_node(time_point now) { return wants("node", now); }

  /// The same for what the application says of a client's presence in vain, which counts as a failed message.
  bool wants_presence(time_point now) { return wants("presence", now); }

  /// Writes one line. `peer`: the refused party; `detail`: the mistake and the remedy.
  static void write(refusal_reason why, std::string_view peer, std::string_view detail);

private:
  struct budget {
    std::string_view what;
    time_point second = {};  // begin of the current second
    unsigned lines = 0;      // written in this second
    std::uint64_t left_out = 0;
  };

  bool wants(std::string_view what, time_point now);
  static void tell(budget& of);

  lane* runs_on_;
  std::array<budget, 7> budgets_{
      {{"client"}, {"token"}, {"publication"}, {"api_call"}, {"monitor_login"}, {"node"}, {"presence"}}};
};

struct lane_home;

/// Counts a refusal. On the lane of `home`.
void count_refusal(lane_home& home, refusal_reason why);

/// Counts a refusal, and writes a line if the limit allows it.
void note_refusal(lane_home& home, refusal_reason why, std::string_view peer, std::string_view detail);

/// The same, for a peer that is costly to determine.
void note_refusal(lane_home& home, refusal_reason why, const std::function<std::string()>& peer,
                  std::string_view detail);

}  // namespace ability
