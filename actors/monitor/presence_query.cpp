#include "actors/monitor/presence_query.hpp"

#include "protocol/monitor/presence_answer.hpp"

namespace ability {

void presence_query::start(lane_home& home, const verb::presence& question) {
  query_state::start(home);
  question_ = question;
}

void presence_query::run() {
  if (!home_->settings.presence.on) {
    fail(monitor_error::not_allowed, "presence is off on this node");
    return;
  }
  self_->request(home_->here.directory_of(question_.name), timeout, describe_presence{question_.name, question_.limit})
      .then([this](const presence_facts& facts) { take(facts); }, [this](const caf::error&) { fail_for_stuck_lane(); });
}

void presence_query::take(const presence_facts& facts) {
  if (!facts.refusal.empty()) {
    fail(monitor_error::busy, std::string{facts.refusal} + " as Redis is not reached, ask again in a moment");
    return;
  }
  presence_report report{.name = question_.name, .total = facts.total, .sessions = facts.sessions};
  for (const auto& each : facts.members)
    report.members.push_back({each.id, each.info, each.sessions, each.away});
  answer(encode_presence(report));
}

}  // namespace ability
