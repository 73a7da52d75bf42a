#include "actors/monitor/monitor.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <utility>

#include "actors/monitor/rights.hpp"
#include "actors/monitor/spawn_query.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

std::string lost_question() { return encode_failure(monitor_error::busy, "the question was lost, ask it again"); }

}  // namespace

monitor_state::~monitor_state() {
  for (auto& each : under_way_) {
    each.to.deliver(monitor_answer{lost_question()});
    caf::anon_send_exit(each.query, caf::exit_reason::user_shutdown);
  }
  for (auto& each : waiting_)
    each.to.deliver(monitor_answer{lost_question()});
}

void monitor_state::start(lane_home& home, node_control& control) {
  home_ = &home;
  control_ = &control;
  started_ = {self_->clock().now(), home_->here.wall_clock()};
  feed_ = std::make_unique<monitor_feed>(self_, home.here);
}

monitor_actor::behavior_type monitor_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& lost) {
    feed_->forget(lost.source);
    end_query(lost.source, lost_question());
  });
  return {
      [this](const ask_monitor& asked) { return take(asked); },
      [this](const watch_node& wish) { return feed_->add(wish); },
      [this](const unwatch_node& wish) { feed_->forget(wish.session.address()); },
      [this](const happened& event) { feed_->take(event); },
      [this](const snapshot_due& due) { feed_->tell_snapshot(due); },
      [this](events_due) { feed_->tell_events(); },
  };
}

monitor_state::promise monitor_state::take(const ask_monitor& asked) {
  auto to = self_->make_response_promise<monitor_answer>();
  auto what = decode_question(asked.verb, asked.arguments);
  if (auto refusal = what ? refusal_of(*what, asked.rights, home_->settings.monitor) : refusal_of(what.error());
      !refusal.empty()) {
    to.deliver(monitor_answer{std::move(refusal)});
  } else if (waiting_.size() >= max_waiting) {
    to.deliver(monitor_answer{encode_failure(
        monitor_error::busy, "4 questions are being answered and 64 are waiting, ask again in a moment")});
  } else {
    waiting_.push_back({std::move(*what), to});
    start_queries();
  }
  return to;
}

void monitor_state::start_queries() {
  for (; !waiting_.empty() && under_way_.size() < max_under_way; waiting_.pop_front()) {
    auto& next = waiting_.front();
    const auto query = spawn_query(*home_, *control_, started_, next.what);
    self_->monitor(query);
    under_way_.push_back({query, std::move(next.to)});
    self_->request(query, caf::infinite, start_query{})
        .then([this, from = query.address()](monitor_answer& found) { end_query(from, std::move(found.json)); },
              [this, from = query.address()](const caf::error&) { end_query(from, lost_question()); });
  }
}

// A query that ends causes two calls: one with its answer, and one when it is down. The first one counts.
void monitor_state::end_query(const caf::actor_addr& query, std::string answer) {
  const auto ended = std::ranges::find_if(under_way_, [&](const auto& each) { return each.query.address() == query; });
  if (ended == under_way_.end())
    return;
  ended->to.deliver(monitor_answer{std::move(answer)});
  under_way_.erase(ended);
  start_queries();
}

monitor_actor spawn_monitor(lane_home& home, node_control& control) {
  return spawn_on<monitor_actor, monitor_state>(home.here.system, home.runs_on, home, control);
}

}  // namespace ability
