#include "apps/load/run/director.hpp"

#include <algorithm>
#include <utility>

namespace ability::load {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
// Time limit for clients to get answers to their publications after a halt, and for clients that do not halt.
constexpr std::int64_t halting_ns = 5'000'000'000;
constexpr std::int64_t interrupted_grace_ns = 1'000'000'000;
constexpr std::int64_t dismissing_ns = 30'000'000'000;

}  // namespace

director::director(const run_plan& plan, std::size_t parts, order_part order)
    : plan_{plan}, order_{std::move(order)}, parts_(parts) {
  for (auto& each : parts_) {
    each.ready.resize(plan.meets.size());
    each.gone.resize(plan.meets.size());
  }
  report_.processes = 0;  // each part adds itself
  report_.scenario = plan.what.name;
  report_.about = plan.what.about;
}

void director::begin(std::int64_t now_ns) {
  phase_ = phase::running;
  if (plan_.what.limit.count() > 0)
    limit_ns_ = now_ns + plan_.what.limit.count() * ns_per_ms;
  order_all({.what = part_order::kind::begin, .at_ns = now_ns});
}

void director::on_news(std::size_t from, const part_news& news, std::int64_t now_ns) {
  auto& part = parts_[from];
  if (part.is_lost)
    return;
  switch (news.what) {
    case part_news::kind::meet_ready:
      part.ready[news.meet] = true;
      look_at(news.meet);
      break;
    case part_news::kind::meet_gone:
      part.gone[news.meet] = true;
      look_at(news.meet);
      break;
    case part_news::kind::finished:
      part.finished = true;
      break;
    case part_news::kind::settled:
      part.settled = true;
      break;
    case part_news::kind::counted:
      merge(report_, news.report);
      break;
    case part_news::kind::ended:
      part.ended = true;
      merge(report_, news.report);
      break;
  }
  go_on(now_ns);
}

void director::on_lost(std::size_t which, std::int64_t now_ns) {
  auto& part = parts_[which];
  if (part.ended || part.is_lost)
    return;
  part.is_lost = part.finished = part.settled = part.ended = true;
  run_report what_was;
  what_was.ended = outcome::generator_limited;
  what_was.notes = {
      "A process of the generator died: what its clients counted last is not known, and what they "
      "published may count as lost."};
  const part_share share{which, parts_.size()};
  for (const auto& each : plan_.what.clients) {
    auto& group = what_was.groups.emplace_back();
    group.name = each.name;
    group.speaks = each.speaks;
    group.clients = share.clients(each.count);
    if (group.clients > 0)
      group.troubles["the generator's process died"] = group.clients;
    count_of(what_was.total, tally::failed_clients) += group.clients;
  }
  merge(report_, what_was);
  for (std::size_t meet = 0; meet < plan_.meets.size(); ++meet) {
    part.gone[meet] = true;
    look_at(meet);
  }
  go_on(now_ns);
}

void director::interrupt(std::int64_t now_ns) {
  if (interrupted_ || phase_ > phase::winding_down)
    return;
  interrupted_ = true;
  report_.ended = outcome::interrupted;
  report_.notes.emplace_back("Interrupted: what was on its way a second later counts as lost.");
  if (phase_ == phase::running)
    halt("interrupted", false, now_ns);
  else if (phase_ == phase::winding_down)
    deadline_ns_ = std::min(deadline_ns_, now_ns + interrupted_grace_ns);
}

void director::halt(const std::string& why, bool is_failure, std::int64_t now_ns) {
  phase_ = phase::halting;
  deadline_ns_ = now_ns + halting_ns;
  order_all({.what = part_order::kind::halt, .is_failure = is_failure, .why = why});
}

void director::on_time(std::int64_t now_ns) {
  if (phase_ == phase::running && limit_ns_ != 0 && now_ns >= limit_ns_) {
    report_.notes.emplace_back("Cut short: the scenario's limit was reached before all clients had done their steps.");
    halt("cut short by the limit", true, now_ns);
  }
  go_on(now_ns);
}

void director::go_on(std::int64_t now_ns) {
  const bool is_late = now_ns >= deadline_ns_;
  if (phase_ == phase::running ? all(&part::finished) : phase_ == phase::halting && (all(&part::finished) || is_late)) {
    const auto grace_ns = plan_.what.grace.count() * ns_per_ms;
    phase_ = phase::winding_down;
    deadline_ns_ = now_ns + (interrupted_ ? std::min(grace_ns, interrupted_grace_ns) : grace_ns);
    order_all({.what = part_order::kind::wind_down});
  } else if (phase_ == phase::winding_down && (all(&part::settled) || is_late)) {
    phase_ = phase::dismissing;
    deadline_ns_ = now_ns + dismissing_ns;
    order_all({.what = part_order::kind::dismiss});
  } else if (phase_ == phase::dismissing && (all(&part::ended) || is_late)) {
    phase_ = phase::over;
    if (!all(&part::ended)) {
      report_.ended = std::max(report_.ended, outcome::generator_limited);
      report_.notes.emplace_back("A process of the generator did not end: what it counted last is not known.");
    }
  }
}

void director::order_all(const part_order& order) {
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (!parts_[i].is_lost)
      order_(i, order);
}

void director::look_at(std::size_t meet) {
  const bool all_there =
      std::ranges::all_of(parts_, [meet](const part& each) { return each.ready[meet] || each.gone[meet]; });
  const bool any_there =
      std::ranges::any_of(parts_, [meet](const part& each) { return each.ready[meet] && !each.gone[meet]; });
  if (!all_there || !any_there)
    return;
  for (auto& each : parts_)
    each.ready[meet] = false;
  order_all({.what = part_order::kind::open_meet, .meet = meet});
}

bool director::all(bool part::*what) const {
  return std::ranges::all_of(parts_, [what](const part& each) { return each.*what; });
}

}  // namespace ability::load
