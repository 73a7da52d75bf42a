#include "actors/node/refusal_log.hpp"

#include <algorithm>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/node/node.hpp"
#include "actors/runtime/lane.hpp"

namespace ability {

namespace {

constexpr std::chrono::seconds window{1};
constexpr std::size_t longest_detail = 300;

std::string message_of(std::string_view what) {
  std::string message{what};
  std::ranges::replace(message, '_', ' ');
  return message + " refused";
}

}  // namespace

refusal_log::~refusal_log() {
  for (auto& each : budgets_)
    tell(each);
}

bool refusal_log::wants(std::string_view what, time_point now) {
  auto& budget = *std::ranges::find(budgets_, what, &budget::what);
  if (now >= budget.second + window) {
    tell(budget);
    budget.second = now;
    budget.lines = 0;
  }
  if (budget.lines < lines_per_second) {
    ++budget.lines;
    return true;
  }
  if (++budget.left_out == 1 && runs_on_ != nullptr)
    runs_on_->after(window, [&budget] { tell(budget); });
  return false;
}

void refusal_log::write(refusal_reason why, std::string_view peer, std::string_view detail) {
  const auto name = name_of(why);
  log(log_level::warn, message_of(name.what),
      {{"peer", std::string{peer}},
       {"reason", std::string{name.reason}},
       {"detail", std::string{detail.substr(0, longest_detail)}}});
}

void refusal_log::tell(budget& of) {
  if (const auto count = std::exchange(of.left_out, 0); count > 0)
    log(log_level::warn, message_of(of.what) + ", lines left out", {{"count", count}});
}

void count_refusal(lane_home& home, refusal_reason why) { home.counters.refused[static_cast<std::size_t>(why)].add(); }

void note_refusal(lane_home& home, refusal_reason why, std::string_view peer, std::string_view detail) {
  count_refusal(home, why);
  if (log_enabled(log_level::warn) && home.refusals.wants(why, home.here.now()))
    refusal_log::write(why, peer, detail);
}

void note_refusal(lane_home& home, refusal_reason why, const std::function<std::string()>& peer,
                  std::string_view detail) {
  count_refusal(home, why);
  if (log_enabled(log_level::warn) && home.refusals.wants(why, home.here.now()))
    refusal_log::write(why, peer(), detail);
}

}  // namespace ability
