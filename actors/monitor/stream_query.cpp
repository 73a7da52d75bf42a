#include "actors/monitor/stream_query.hpp"

#include <string_view>
#include <unordered_set>
#include <vector>

#include "protocol/json/excerpt.hpp"

namespace ability {

stream_line line_of(const stream_facts& facts) {
  return {.name = facts.name,
          .subscribers = facts.subscribers,
          .gaps = facts.gaps,
          .lost = facts.lost,
          .position = facts.at,
          .kept = facts.kept,
          .bytes = facts.log_bytes};
}

void stream_query::start(lane_home& home, const verb::stream& question) {
  query_state::start(home);
  question_ = question;
}

void stream_query::run() {
  self_->request(home_->here.directory_of(question_.name), timeout, describe_stream{question_.name, question_.limit})
      .then([this](const stream_facts& facts) { take_facts(facts); },
            [this](const caf::error&) { fail_for_stuck_lane(); });
}

void stream_query::take_facts(const stream_facts& facts) {
  if (!facts.found) {
    fail(monitor_error::not_found, "nobody follows a stream " + excerpt(question_.name) + " on this node");
    return;
  }
  stream_ = line_of(facts);
  more_ = facts.followers.size() < facts.subscribers;
  ask_each<connection_facts>(facts.followers, describe_connection{false},
                             [this](const answers<connection_facts>& followers) { take_followers(followers); });
}

void stream_query::take_followers(const answers<connection_facts>& followers) {
  std::vector<std::string> sids;
  std::unordered_set<std::string_view> seen;  // a connection with two subscriptions counts once
  for (const auto& each : followers)
    if (each && seen.insert(each->sid).second)
      sids.push_back(each->sid);
  answer(encode_stream(stream_, sids, more_));
}

}  // namespace ability
