#include "apps/load/clients/follow_record.hpp"

#include <algorithm>
#include <iterator>

namespace ability::load {

void follow_record::follow(std::uint64_t next, const stream_refusals& refused) {
  const auto charge = state_ == state::away ? fault::missed : fault::none;
  if (next > expected_) {
    add_gap(expected_, next, 0, charge, refused);
    // Messages in flight may still arrive, and then in order.
    static constexpr std::uint64_t on_their_way = 256;
    odd().watch_order_until = next + on_their_way;
    expected_ = next;
  }
  state_ = state::following;
}

void follow_record::lose() {
  if (state_ != state::following)
    return;
  state_ = state::away;
  if (!odd_)
    return;
  for (auto& each : odd_->gaps)
    if (each.charge == fault::lost)
      each.charge = fault::missed;
  odd_->open = 0;
}

void follow_record::leave(std::uint64_t next, std::uint64_t due, std::int64_t now_ns, std::int64_t grace_ns,
                          const stream_refusals& refused) {
  if (state_ == state::idle)
    return;
  if (state_ == state::away && next > expected_) {
    add_gap(expected_, next, now_ns, fault::missed, refused);
    expected_ = next;
  }
  if (state_ == state::following && odd_)
    for (auto& each : odd_->gaps)
      if (each.charge == fault::lost && now_ns - each.since_ns < grace_ns) {
        each.charge = fault::none;
        --odd_->open;
      }
  if (const auto end = std::min(next, due); state_ == state::following && end > expected_) {
    add_gap(expected_, end, now_ns, fault::lost, refused);
    expected_ = end;
  }
  state_ = state::left;
}

coming follow_record::came(std::uint64_t number, std::uint32_t publisher, std::int64_t now_ns,
                           const stream_refusals& refused) {
  if (number < expected_)
    return fill(number, publisher, refused);
  if (number > expected_)
    add_gap(expected_, number, now_ns, charge_now(), refused);
  expected_ = number + 1;
  if (odd_) {
    if (odd_->open > 0 || number < odd_->watch_order_until)
      note(publisher, number);
    else
      odd_->last.clear();
  }
  return coming::fresh;
}

std::uint64_t follow_record::outstanding(std::uint64_t next, const stream_refusals& refused) const {
  if (state_ != state::following)
    return 0;
  std::uint64_t count = 0;
  const auto add = [&](std::uint64_t first, std::uint64_t end) { count += end - first - refused(first, end); };
  if (next > expected_)
    add(expected_, next);
  if (odd_)
    for (const auto& each : odd_->gaps)
      if (each.charge == fault::lost)
        add(each.first, each.end);
  return count;
}

follow_record::shortfall follow_record::finish(std::uint64_t next, const stream_refusals& refused) const {
  auto result = odd_ ? odd_->settled : shortfall{};
  const auto add = [&](std::uint64_t first, std::uint64_t end, fault charge) {
    if (charge != fault::none)
      (charge == fault::lost ? result.lost : result.missed) += end - first - refused(first, end);
  };
  if (odd_)
    for (const auto& each : odd_->gaps)
      add(each.first, each.end, each.charge);
  if (next > expected_)
    add(expected_, next, charge_now());
  return result;
}

// Classifies a missing message by the current state.
follow_record::fault follow_record::charge_now() const noexcept {
  return state_ == state::following ? fault::lost : state_ == state::away ? fault::missed : fault::none;
}

follow_record::oddities& follow_record::odd() {
  if (!odd_)
    odd_ = std::make_unique<oddities>();
  return *odd_;
}

void follow_record::add_gap(std::uint64_t first, std::uint64_t end, std::int64_t now_ns, fault charge,
                            const stream_refusals& refused) {
  auto& here = odd();
  if (here.gaps.size() >= max_gaps)
    settle_oldest(refused);
  here.gaps.push_back({first, end, now_ns, charge});
  if (charge == fault::lost)
    ++here.open;
}

void follow_record::settle_oldest(const stream_refusals& refused) {
  auto& gaps = odd_->gaps;
  const auto end = gaps.begin() + static_cast<std::ptrdiff_t>(max_gaps / 2);
  for (auto each = gaps.begin(); each != end; ++each) {
    const auto count = each->end - each->first - refused(each->first, each->end);
    if (each->charge == fault::lost) {
      odd_->settled.lost += count;
      --odd_->open;
    } else if (each->charge == fault::missed) {
      odd_->settled.missed += count;
    }
  }
  gaps.erase(gaps.begin(), end);
}

bool follow_record::note(std::uint32_t publisher, std::uint64_t number) {
  auto& last = odd_->last;
  const auto place = std::lower_bound(last.begin(), last.end(), publisher,
                                      [](const last_of& each, std::uint32_t id) { return each.publisher < id; });
  if (place == last.end() || place->publisher != publisher) {
    last.insert(place, {publisher, number});
    return false;
  }
  const bool later_came = place->number > number;
  place->number = std::max(place->number, number);
  return later_came;
}

coming follow_record::fill(std::uint64_t number, std::uint32_t publisher, const stream_refusals& refused) {
  if (!odd_)
    return coming::duplicate;
  auto& gaps = odd_->gaps;
  const auto after = std::upper_bound(gaps.begin(), gaps.end(), number,
                                      [](std::uint64_t which, const gap& each) { return which < each.first; });
  if (after == gaps.begin())
    return coming::duplicate;
  const auto here = std::prev(after);
  if (number >= here->end)
    return coming::duplicate;

  if (number + 1 == here->end) {
    --here->end;
  } else if (number == here->first) {
    ++here->first;
  } else {
    auto rest = *here;
    rest.first = number + 1;
    here->end = number;
    odd_->open += here->charge == fault::lost ? 1 : 0;
    gaps.insert(after, rest);  // invalidates `here`, which is not empty
    if (gaps.size() > max_gaps)
      settle_oldest(refused);
    return note(publisher, number) ? coming::belated : coming::fresh;
  }
  if (here->first == here->end) {
    odd_->open -= here->charge == fault::lost ? 1 : 0;
    gaps.erase(here);
  }
  return note(publisher, number) ? coming::belated : coming::fresh;
}

}  // namespace ability::load
