// The steps of a virtual client.
#include "apps/load/clients/virtual_client.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <unordered_set>
#include <utility>

#include "actors/runtime/pinned.hpp"

namespace ability::load {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

std::int64_t ns_of(milliseconds time) { return time.count() * ns_per_ms; }

}  // namespace

virtual_client_actor spawn_client(caf::actor_system& system, lane* home, lane_desk& desk, std::size_t group,
                                  std::size_t number) {
  return spawn_on<virtual_client_actor, virtual_client>(system, home, desk, group, number);
}

void virtual_client::start(lane_desk& desk, std::size_t group, std::size_t number) {
  desk_ = &desk;
  group_ = static_cast<std::uint32_t>(group);
  number_ = static_cast<std::uint32_t>(number);
  // Same random numbers in each run of a scenario.
  rng_.seed(static_cast<std::uint_fast32_t>(desk.plan.groups[group].first_client + number + 1));
  rng_.discard(3);
  // Set before the first connection: a text may arrive together with the event that an earlier step waits for.
  want_texts_ = desk.plan.groups[group].wants_texts;
  places_.push_back({&desk.plan.what.clients[group].steps});
}

virtual_client_actor::behavior_type virtual_client::make_behavior() {
  return {[this](const link_told& told) { on_link(told); },
          [this](const publish_told& told) {
            if (publishing_ && told.link == publishing_->link_number)
              on_answer(told.news);
          },
          [this](const step_time& time) {
            if (time.number == step_time_number_)
              on_step_time();
          },
          [this](const link_time& time) {
            if (time.number == link_time_number_)
              on_link_time();
          },
          [this](const do_steps&) { go_on(); },
          [this](const may_connect&) { open_link(); },
          [this](const meet_opened&) { done(awaited::others); },
          [this](const halt_steps& order) { halt(order); },
          [this](const wind_down&) { wind_down_now(); },
          [this](const dismiss&) { leave(); }};
}

// -- sequence of steps ---

void virtual_client::go_on() {
  static constexpr int at_a_time = 64;  // then other actors get their turn
  for (int count = 0; !finished_ && awaited_ == awaited::nothing; ++count) {
    if (count == at_a_time) {
      caf::anon_send(virtual_client_actor{self_}, do_steps{});
      return;
    }
    auto& here = places_.back();
    if (here.next == here.steps->size()) {
      if (!enter_next_round()) {
        completed_ = true;
        finish();
      }
      continue;
    }
    const auto& what = (*here.steps)[here.next].what;
    if (std::visit([this](const auto& step) { return begin(step); }, what) == progress::waits)
      return;
  }
}

void virtual_client::done(awaited what) {
  if (awaited_ != what)
    return;
  awaited_ = awaited::nothing;
  ++step_time_number_;
  step_ticket_.reset();
  if (what != awaited::link)
    ++places_.back().next;
  go_on();
}

bool virtual_client::enter_next_round() {
  auto& here = places_.back();
  if (places_.size() == 1)
    return false;
  const bool again = here.until_ns != 0 ? now() < here.until_ns : here.rounds_left > 0;
  if (again) {
    here.rounds_left -= here.rounds_left > 0 ? 1 : 0;
    here.next = 0;
  } else {
    places_.pop_back();
    ++places_.back().next;
  }
  return true;
}

void virtual_client::wait_until(std::int64_t at_ns) {
  if (step_ticket_ && awaited_until_ns_ == at_ns)
    return;
  awaited_until_ns_ = at_ns;
  const auto number = ++step_time_number_;
  step_ticket_ =
      desk_->net.call_at(at_ns, [to = virtual_client_actor{self_}, number] { caf::anon_send(to, step_time{number}); });
}

std::int64_t virtual_client::draw_ns(const time_range& range) {
  return std::uniform_int_distribution<std::int64_t>{ns_of(range.from),
                                                     std::max(ns_of(range.from), ns_of(range.to))}(rng_);
}

// -- the steps ---

auto virtual_client::begin(const connect_step&) -> progress {
  if (link_is_ == link_state::open) {
    ++places_.back().next;
    return progress::done;
  }
  awaited_ = awaited::connection;
  if (link_is_ == link_state::none)
    connect();
  return progress::waits;
}

auto virtual_client::begin(const subscribe_step& step) -> progress {
  if (link_is_ != link_state::open) {
    if (link_is_ == link_state::none) {
      fail("subscribe without a connection");
      return progress::waits;
    }
    awaited_ = awaited::link;
    return progress::waits;
  }
  std::unordered_set<std::uint32_t> known;
  for (const auto& each : follows_)
    if (*each.channel == step.channel)
      known.insert(each.stream);
  const auto add = [&](std::uint32_t stream) {
    if (!known.insert(stream).second)
      return;
    if (follows_.size() == max_subscriptions) {
      desk_->count(tally::rejected);
      met("more subscriptions than a connection can have");
      return;
    }
    follows_.push_back({stream, followed::state::asked, 0, &step.channel, {}, {}});
    ask(follows_.size() - 1);
  };
  if (step.to.how == pick::each)
    for (std::size_t i = 0; i < desk_->streams.streams_of(step.to.set); ++i)
      add(desk_->streams.index_of(step.to.set, i));
  else
    add(next_stream(step.to));
  if (asked_ == 0) {
    ++places_.back().next;
    return progress::done;
  }
  awaited_ = awaited::confirmations;
  return progress::waits;
}

auto virtual_client::begin(const perform_step& step) -> progress {
  // A client that has just reconnected is confirmed soon.
  if (link_is_ != link_state::none && (link_is_ != link_state::open || asked_ > 0)) {
    awaited_ = awaited::link;
    return progress::waits;
  }
  const auto first = std::find_if(follows_.begin(), follows_.end(),
                                  [](const followed& each) { return each.is == followed::state::following; });
  if (link_is_ == link_state::none || first == follows_.end()) {
    fail("perform without a subscription");
    return progress::waits;
  }
  link_->perform(static_cast<std::uint32_t>(first - follows_.begin()) + 1, step.data);
  desk_->count(tally::performed);
  ++places_.back().next;
  return progress::done;
}

auto virtual_client::begin(const expect_step& step) -> progress {
  expected_ = &step;
  came_ = 0;
  awaited_ = awaited::messages;
  wait_until(now() + ns_of(step.within));
  return progress::waits;
}

auto virtual_client::begin(const wait_step& step) -> progress {
  awaited_ = awaited::time;
  wait_until(now() + draw_ns(step.lasting));
  return progress::waits;
}

auto virtual_client::begin(const meet_step& step) -> progress {
  awaited_ = awaited::others;
  caf::anon_send(desk_->conductor, came_to_meet{desk_->plan.meet_index(step.name), virtual_client_actor{self_}});
  return progress::waits;
}

auto virtual_client::begin(const stall_step& step) -> progress {
  if (link_ && !paused_) {
    link_->pause_reading();
    paused_ = true;
    paused_ns_ = now();
    resumed_ns_ = 0;
  }
  if (step.lasting) {
    awaited_ = awaited::end_of_pause;
    wait_until(now() + ns_of(*step.lasting));
    return progress::waits;
  }
  // It will never read later messages.
  reads_no_more_ = true;
  stop_following();
  ++places_.back().next;
  return progress::done;
}

void virtual_client::read_on() {
  if (!std::exchange(paused_, false))
    return;
  resumed_ns_ = now();
  if (link_)
    link_->resume_reading();
}

auto virtual_client::begin(const disconnect_step&) -> progress {
  drop_link();
  static constexpr std::size_t max_left = 64;
  for (auto& each : follows_) {
    const auto short_of = shortfall_of(each);
    if (short_of.lost + short_of.missed > 0 && left_.size() < max_left)
      left_.push_back(std::move(each));
    else
      count_shortfall(each);
  }
  follows_.clear();
  ++places_.back().next;
  return progress::done;
}

auto virtual_client::begin(const reconnect_step& step) -> progress {
  drop_link(true);
  link_is_ = link_state::backing_off;
  awaited_ = awaited::connection;
  wait_for_link(now() + draw_ns(step.after));
  return progress::waits;
}

auto virtual_client::begin(const repeat_step& step) -> progress {
  const auto until = step.lasting ? std::max<std::int64_t>(1, now() + ns_of(*step.lasting)) : 0;
  if (step.steps.empty() || (!step.lasting && step.times.value_or(0) == 0)) {
    ++places_.back().next;
    return progress::done;
  }
  places_.push_back({&step.steps, 0, step.times.value_or(1) - 1, until});
  return progress::done;
}

void virtual_client::on_step_time() {
  step_ticket_.reset();
  switch (awaited_) {
    case awaited::answers:
      if (halting_)
        give_up_answers("no answer");
      else
        pump();
      break;
    case awaited::messages:
      desk_->count(tally::unmet);
      met(expected_->text.empty() ? "expected messages did not come" : "an expected text did not come");
      expected_ = nullptr;
      done(awaited::messages);
      break;
    case awaited::end_of_pause:
      read_on();
      done(awaited::end_of_pause);
      break;
    default:
      done(awaited::time);
  }
}

}  // namespace ability::load
