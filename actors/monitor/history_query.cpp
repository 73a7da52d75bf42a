#include "actors/monitor/history_query.hpp"

#include <chrono>
#include <utility>

#include "protocol/json/excerpt.hpp"
#include "protocol/monitor/history_answers.hpp"

namespace ability {

void history_query::start(lane_home& home, const verb::history& question) {
  query_state::start(home);
  question_ = question;
}

void history_query::run() {
  if (home_->settings.history.broker == history_broker::none) {
    fail(monitor_error::not_allowed, "no history is kept on this node: its broker is none, as in a cluster");
    return;
  }
  self_->request(home_->here.directory_of(question_.name), timeout, describe_history{question_.name, question_.limit})
      .then([this](const history_facts& facts) { take(facts); },
            [this](const caf::error&) {
              if (home_->settings.history.broker == history_broker::redis)
                take({.failure = redis_failure::no_answer});
              else
                fail_for_stuck_lane();
            });
}

void history_query::take(const history_facts& facts) {
  if (facts.failure) {
    fail(monitor_error::busy, "the log in Redis cannot be read: " + std::string{name_of(*facts.failure)});
    return;
  }
  if (!facts.found) {
    fail(monitor_error::not_found, "the stream " + excerpt(question_.name) +
                                       " keeps no log on this node; with --broker auto it keeps one once a client with "
                                       "positions has followed it, and --history-streams may turn it off");
    return;
  }
  history_report report{.name = question_.name,
                        .position = facts.at,
                        .kept = facts.kept,
                        .bytes = facts.is_shared ? std::nullopt : std::optional{facts.bytes},
                        .limit = facts.bounds.limit,
                        .ttl_s = std::chrono::duration<double>(facts.bounds.ttl).count()};
  for (const auto& each : facts.last)
    report.publications.push_back({each.offset, each.time, each.bytes});
  answer(encode_history(report));
}

}  // namespace ability
