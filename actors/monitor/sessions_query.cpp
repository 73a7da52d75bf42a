#include "actors/monitor/sessions_query.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "protocol/monitor/history_answers.hpp"

namespace ability {

void sessions_query::run() {
  std::vector<sessions_actor> all;
  all.reserve(home_->here.lanes.size());
  for (const auto& lane : home_->here.lanes)
    all.push_back(lane->sessions);
  ask_each<sessions_facts>(all, describe_sessions{}, [this](const answers<sessions_facts>& lanes) { take(lanes); });
}

void sessions_query::take(const answers<sessions_facts>& lanes) {
  if (!all_there(lanes)) {
    fail_for_stuck_lane();
    return;
  }
  sessions_report report;
  for (const auto& each : lanes) {
    report.sessions += each->kept;
    report.bytes += each->bytes;
    if (each->shared)
      report.shared = each->shared;
    if (each->bounds) {
      report.max = each->bounds->max_kept;
      report.max_bytes = each->bounds->max_bytes;
      report.ttl_s = std::chrono::duration<double>(each->bounds->ttl).count();
    }
    if (!each->oldest)
      continue;
    const auto oldest = std::chrono::duration<double>(*each->oldest).count();
    const auto newest = std::chrono::duration<double>(*each->newest).count();
    report.oldest_s = std::max(report.oldest_s.value_or(oldest), oldest);
    report.newest_s = std::min(report.newest_s.value_or(newest), newest);
  }
  answer(encode_sessions(report));
}

}  // namespace ability
