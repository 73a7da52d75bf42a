// The end of a virtual client, and its final counts.
#include <algorithm>
#include <caf/send.hpp>
#include <string>

#include "apps/load/clients/virtual_client.hpp"

namespace ability::load {

void virtual_client::finish() {
  if (finished_)
    return;
  finished_ = true;
  awaited_ = awaited::nothing;
  expected_ = nullptr;
  ++step_time_number_;
  step_ticket_.reset();
  caf::anon_send(desk_->conductor, client_finished{group_, self_->id()});
}

void virtual_client::fail(const std::string& why) {
  met(why);
  failed_ = true;
  completed_ = false;
  end_steps();
}

void virtual_client::halt(const halt_steps& order) {
  if (finished_)
    return;
  if (awaited_ == awaited::end_of_pause)
    read_on();
  met(order.why);
  failed_ = failed_ || order.is_failure;
  end_steps();
}

void virtual_client::end_steps() {
  if (finished_ || halting_)
    return;
  if (awaited_ != awaited::answers || publishing_->unanswered.empty()) {
    finish();
    return;
  }
  // The outcome of these publications is unknown until they are answered.
  halting_ = true;
  publishing_->left = 0;
  wait_until(now() + answers_after_halt_ns);
}

// Counts a trouble at its first occurrence, so that it is reported during the run.
void virtual_client::met(const std::string& what) {
  const auto is_known = [this](const std::string& text) { return std::ranges::find(met_, text) != met_.end(); };
  if (met_.size() == max_met || is_known(what))
    return;
  met_.push_back(met_.size() + 1 < max_met ? what : other_troubles);
  add_trouble(desk_->group(group_), met_.back(), 1);
}

void virtual_client::wind_down_now() {
  winding_down_ = true;
  outstanding_ = 1;
  settle_when_all_came();
}

void virtual_client::settle_when_all_came() {
  // `outstanding_` is only a lower bound, because some arriving messages were not due: count again.
  if (!winding_down_ || outstanding_ == 0)
    return;
  outstanding_ = 0;
  for (const auto& each : follows_)
    outstanding_ += each.record.outstanding(desk_->streams.next(each.stream), {desk_->streams, each.stream});
  if (outstanding_ == 0)
    caf::anon_send(desk_->conductor, client_settled{});
}

follow_record::shortfall virtual_client::shortfall_of(const followed& each) const {
  return each.record.finish(desk_->streams.next(each.stream), {desk_->streams, each.stream});
}

void virtual_client::count_shortfall(const followed& each) {
  const auto short_of = shortfall_of(each);
  desk_->count(tally::lost, short_of.lost);
  desk_->count(tally::missed, short_of.missed);
}

void virtual_client::leave() {
  desk_->is_over = true;
  for (const auto* all : {&follows_, &left_})
    for (const auto& each : *all)
      count_shortfall(each);
  drop_link();
  desk_->group(group_).completed += completed_ ? 1 : 0;
  if (failed_)
    desk_->count(tally::failed_clients);
  caf::anon_send(desk_->conductor, client_left{});
  self_->quit();
}

}  // namespace ability::load
