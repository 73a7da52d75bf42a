// Collection of the lanes' counts by a conductor.
#include <sys/resource.h>

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "apps/load/run/conductor.hpp"

namespace ability::load {

namespace {

double process_cpu_s() noexcept {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr double least_judged_s = 0.5;  // the last second may be shorter

}  // namespace

// Requests no counts at its first call, when the run begins.
void conductor::wait_for_second() {
  if (second_ticket_)
    ask_lanes(false);
  else
    cpu_s_ = process_cpu_s();
  const auto passed = (clock().now_ns() - began_ns_) / second_ns;
  second_ticket_ = clock().call_at(began_ns_ + (passed + 1) * second_ns, [to = conductor_actor{self_}] {
    caf::anon_send(to, conductor_time{conductor_time::kind::second});
  });
}

void conductor::ask_lanes(bool is_last) {
  if (is_last) {
    is_last_ = true;
    second_ticket_.reset();
  }
  if (lanes_asked_ > 0)
    return;
  asked_second_ = static_cast<std::uint64_t>((clock().now_ns() - began_ns_) / second_ns);
  lanes_asked_ = keepers_.size();
  for (const auto& each : keepers_)
    caf::anon_send(each, hand_over{is_last});
  if (is_last)
    keepers_.clear();
}

void conductor::on_counted(const lane_counted& news) {
  const auto& from = *news.counts;
  merge(static_cast<measurements&>(gathered_), from);
  connections_ += from.connections;
  longest_lag_ns_ = std::max(longest_lag_ns_, from.longest_lag_ns);
  if (from.elapsed_ns > 0)
    busiest_lane_ = std::max(busiest_lane_, static_cast<double>(from.cpu_ns) / static_cast<double>(from.elapsed_ns));
  if (!from.groups.empty()) {
    outcomes_.resize(groups_.size());
    for (std::size_t i = 0; i < groups_.size(); ++i)
      merge(outcomes_[i], from.groups[i]);
  }
  if (--lanes_asked_ > 0)
    return;
  if (!is_last_)
    tell_second();
  else if (!keepers_.empty())
    ask_lanes(true);  // the last counts were requested during the collection of a second
  else
    tell_end();
}

void conductor::end_second() {
  const auto at_s = seconds_since_start();
  const auto cpu_s = process_cpu_s();
  const auto lasted_s = at_s - std::exchange(told_s_, at_s);
  second passed;
  passed.is_rest = is_last_ && told_second_ > 0 && lasted_s <= least_judged_s;
  if (!passed.is_rest)
    told_second_ = std::max(told_second_ + 1, is_last_ ? 0 : asked_second_);
  passed.number = told_second_;
  passed.at_s = at_s;
  passed.connections = std::exchange(connections_, 0);
  passed.counted = gathered_.total;
  passed.latency = gathered_.latency;
  passed.lag_ns = std::exchange(longest_lag_ns_, 0);
  // A short remainder becomes part of the last second: see `merge`.
  passed.generator_cores = lasted_s > least_judged_s ? (cpu_s - cpu_s_) / lasted_s : 0;
  cpu_s_ = cpu_s;
  const bool had_load = count_of(gathered_.total, tally::delivered) + count_of(gathered_.total, tally::published) +
                            count_of(gathered_.total, tally::performed) >
                        0;
  if (const auto busiest = std::exchange(busiest_lane_, 0); lasted_s > least_judged_s)
    health_.add(had_load, busiest, gathered_.lag);
  gathered_.seconds.push_back(std::move(passed));
  gathered_.lasted_s = at_s;
  gathered_.lanes = setup_->desks.size();
}

// Reports all groups or none, so that a report has them in the order of the plan.
void conductor::tell_groups() {
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    auto& group = gathered_.groups.emplace_back();
    static_cast<group_outcome&>(group) = std::move(outcomes_[i]);
    group.name = setup_->plan.what.clients[i].name;
    group.speaks = setup_->plan.what.clients[i].speaks;
  }
  outcomes_.clear();
}

void conductor::tell_second() {
  end_second();
  tell_groups();
  gathered_.processes = 0;  // reported at the end
  setup_->tell({part_news::kind::counted, 0, std::exchange(gathered_, {})});
}

void conductor::tell_end() {
  end_second();
  outcomes_.resize(groups_.size());
  tell_groups();
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    auto& group = gathered_.groups[i];
    group.clients = groups_[i].clients;
    if (const auto never = groups_[i].clients - groups_[i].begun; never > 0) {
      add_trouble(group, halt_reason_, never);
      if (halt_is_failure_)
        count_of(gathered_.total, tally::failed_clients) += never;
    }
  }
  gathered_.processes = 1;
  if (const auto why = health_.why_limited()) {
    gathered_.ended = outcome::generator_limited;
    gathered_.notes.push_back(*why);
  }
  if (setup_->streams.forgot_refusals())
    gathered_.notes.push_back("So many publications were refused that some of them count as lost.");
  setup_->tell({part_news::kind::ended, 0, std::move(gathered_)});
  self_->quit();
}

}  // namespace ability::load
