#include "actors/monitor/connection_query.hpp"

#include <caf/send.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "actors/stream/messages.hpp"
#include "protocol/json/excerpt.hpp"

namespace ability {

connection_line line_of(const connection_facts& facts) {
  const auto& traffic = facts.traffic;
  return {.id = facts.sid,
          .identity = facts.identity,
          .transport = facts.transport,
          .connected_s = facts.age.count(),
          .subscriptions = facts.subscription_count,
          .peer = traffic.peer,
          .bytes_in = traffic.bytes_in,
          .bytes_out = traffic.bytes_out,
          .pending_bytes = traffic.bytes_pending};
}

void connection_query::start(lane_home& home, const verb::connection& question) {
  query_state::start(home);
  sid_ = question.id;
}

void connection_query::start(lane_home& home, const verb::disconnect& order) {
  query_state::start(home);
  sid_ = order.id;
  order_ = order;
}

void connection_query::run() {
  ask_each<connection_page>(registries(), find_connection{sid_},
                            [this](const answers<connection_page>& pages) { take_pages(pages); });
}

void connection_query::take_pages(const answers<connection_page>& pages) {
  std::vector<connection_actor> found;
  for (const auto& page : pages)
    if (page)
      for (const auto& each : page->entries)
        found.push_back(each.connection);
  if (found.empty() && !all_there(pages)) {
    fail_for_stuck_lane();
  } else if (found.empty()) {
    fail(monitor_error::not_found, "no connection has the id " + excerpt(sid_));
  } else if (order_) {
    for (const auto& each : found)
      caf::anon_send(each, disconnect_client{{}, std::string{disconnect_reason::remote}, order_->reconnect});
    answer(encode_disconnected(found.size()));
  } else {
    describe(found.front());
  }
}

void connection_query::describe(const connection_actor& found) {
  self_->request(found, timeout, describe_connection{true})
      .then(
          [this](connection_facts& facts) {
            std::vector<subscription_line> lines;
            lines.reserve(facts.subscriptions.size());
            for (auto& each : facts.subscriptions)
              lines.push_back({std::move(each.identifier), std::move(each.streams)});
            answer(encode_connection(line_of(facts), lines));
          },
          [this](const caf::error&) {
            fail(monitor_error::not_found, "the connection " + excerpt(sid_) + " has just ended");
          });
}

}  // namespace ability
