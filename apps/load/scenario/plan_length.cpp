#include "apps/load/scenario/plan_length.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace ability::load {
namespace {

double seconds_of(milliseconds time) { return static_cast<double>(time.count()) / 1'000; }

using meeting_times = std::map<std::string, double>;

/// Follows the steps of the last client of a group.
class walk {
public:
  walk(meeting_times& meetings, double begin_s) : meetings_{meetings}, now_s_{begin_s} {}

  void go(const std::vector<step>& steps) {
    for (const auto& each : steps)
      std::visit(*this, each.what);
  }

  double now_s() const noexcept { return now_s_; }
  bool is_known() const noexcept { return is_known_; }

  void operator()(const connect_step&) {}
  void operator()(const subscribe_step&) {}
  void operator()(const perform_step&) {}
  void operator()(const disconnect_step&) {}
  void operator()(const expect_step&) {}
  void operator()(const wait_step& what) { now_s_ += seconds_of(what.lasting.to); }
  void operator()(const reconnect_step& what) { now_s_ += seconds_of(what.after.to); }
  void operator()(const stall_step& what) { now_s_ += seconds_of(what.lasting.value_or(milliseconds{0})); }

  void operator()(const publish_step& what) {
    if (what.lasting)
      now_s_ += seconds_of(*what.lasting);
    else if (what.at.per_second > 0)
      now_s_ += static_cast<double>(what.times.value_or(0)) / what.at.per_second;
    else
      is_known_ = is_known_ && what.times.value_or(0) < 100;
  }

  void operator()(const meet_step& what) {
    auto& all_there_s = meetings_[what.name];
    now_s_ = all_there_s = std::max(all_there_s, now_s_);
  }

  void operator()(const repeat_step& what) {
    const auto begin_s = now_s_;
    go(what.steps);
    const auto once_s = now_s_ - begin_s;
    if (what.times)
      now_s_ = begin_s + once_s * static_cast<double>(*what.times);
    else if (what.lasting)
      now_s_ =
          begin_s + (once_s > 0 ? std::ceil(seconds_of(*what.lasting) / once_s) * once_s : seconds_of(*what.lasting));
  }

private:
  meeting_times& meetings_;
  double now_s_;
  bool is_known_ = true;
};

}  // namespace

std::optional<double> planned_seconds(const scenario& plan) {
  meeting_times meetings;
  double last_s = 0;
  bool is_known = true;
  // A group may wait for a later one, so repeat until nothing changes, or they wait in a circle.
  for (std::size_t round = 0; round <= plan.clients.size() + 1; ++round) {
    const auto before = meetings;
    for (const auto& group : plan.clients) {
      walk last_client{meetings, group.ramp > 0 ? static_cast<double>(group.count - 1) / group.ramp : 0};
      last_client.go(group.steps);
      last_s = std::max(last_s, last_client.now_s());
      is_known = is_known && last_client.is_known();
    }
    if (meetings == before)
      break;
  }
  if (plan.limit.count() > 0)
    return is_known ? std::min(last_s, seconds_of(plan.limit)) : seconds_of(plan.limit);
  return is_known && last_s > 0 ? std::optional{last_s} : std::nullopt;
}

std::optional<std::string> why_endless(const scenario& plan) {
  const auto group = std::ranges::find_if(plan.clients, [](const auto& each) { return each.when_lost.reconnect; });
  if (plan.limit.count() > 0 || group == plan.clients.end())
    return std::nullopt;
  return "Clients `" + group->name +
         "` connect anew for ever (on_loss), and there is no limit: the run ends only when a server is there.";
}

}  // namespace ability::load
