#include "actors/stream/presence/shared_presence.hpp"

#include <algorithm>
#include <utility>

#include "actors/stream/presence/stream_presence.hpp"

namespace ability {

namespace {

using kind = member_order::kind;
using std::chrono::milliseconds;

constexpr milliseconds renewal_soon{1'000};  // after a failure of a store that is there
constexpr milliseconds linger_more{1'000};   // until the stream may end: the store knows later when a session is due

}  // namespace

shared_presence::~shared_presence() { home_.counters.presence_here.sub(sessions_.size()); }

// -- what sessions say ---

void shared_presence::handle(const presence_call& call, answer_call answer) {
  switch (call.what) {
    case presence_call::kind::join:
      join(call, std::move(answer));
      break;
    case presence_call::kind::leave:
      leave(call.sid, std::move(answer));
      break;
    case presence_call::kind::list:
      listings_.ask(call, stream_presence::most_listed(home_.settings), std::move(answer));
      return ask();
  }
  pump();
}

void shared_presence::describe(std::size_t limit, member_listings::answer_facts answer) {
  listings_.ask_facts(limit, std::move(answer));
  ask();
}

void shared_presence::join(const presence_call& call, answer_call answer) {
  auto found = sessions_.find(call.sid);
  const bool is_new = found == sessions_.end() || found->second.wanted != goal::present;
  if (!is_new && found->second.as->id != call.said->id)
    return answer({stream_presence::has_another_id});
  // Each join may be followed by one leave, so that joins alone are refused.
  if (is_new && home_.here.gate.full()) {
    home_.counters.refused_broadcasts.add();
    return answer({stream_presence::too_many_broadcasts});
  }
  if (found == sessions_.end()) {
    found = sessions_.emplace(call.sid, session{call.said}).first;
    home_.counters.presence_here.add();
  } else if (auto& known = found->second; known.as->id != call.said->id && (known.may_be_known || known.pending > 0)) {
    if (known.former != nullptr)
      return refuse(answer);
    known.former = known.as;
    known.may_be_known = false;
    leave_former(found);
  }
  if (is_new) {
    found->second.as = call.said;
    found->second.wanted = goal::present;
    found->second.is_settled = false;
  }
  add(kind::join, found, std::move(answer));
  waiting_.back().what.as = call.said;
  waiting_.back().begins = is_new;
}

void shared_presence::leave(const std::string& sid, answer_call answer) {
  const auto found = sessions_.find(sid);
  if (found == sessions_.end() || found->second.wanted != goal::present) {
    if (answer != nullptr)
      answer({stream_presence::not_present});
    return;
  }
  found->second.wanted = goal::absent;
  found->second.due = now();
  add(kind::leave, found, std::move(answer));
}

// Its leave may have failed: the store was away.
void shared_presence::leave_former(session_map::iterator of) {
  add(kind::leave, of);
  waiting_.back().what.as = of->second.former;
}

void shared_presence::end(const std::string& sid) {
  const auto ttl = home_.settings.presence.ttl;
  const auto found = sessions_.find(sid);
  if (ttl.count() == 0) {
    leave(sid, {});
  } else if (found != sessions_.end() && found->second.wanted == goal::present) {
    found->second.wanted = goal::ended;
    found->second.due = now() + ttl;
    add(kind::gone, found);
  }
  pump();
}

// -- orders ---

void shared_presence::add(kind what, session_map::iterator of, answer_call answer) {
  auto& [sid, one] = *of;
  ++one.pending;
  waiting_.push_back({.what = {.what = what, .sid = sid, .as = one.as}, .answer = std::move(answer), .since = now()});
}

void shared_presence::expire() {
  next_due_.reset();
  waiting_.push_back({.what = {.what = kind::expire}, .answer = {}, .since = now()});
}

// Has the store know of each session what it should. One that has left meanwhile is told as gone, which others hear of
// even if the store has lost its data.
void shared_presence::settle() {
  for (auto each = sessions_.begin(); each != sessions_.end();) {
    const auto one = each++;
    auto& [as, former, wanted, pending, may_be_known, is_settled, leased_until, due] = one->second;
    if (pending > 0)
      continue;
    if (former != nullptr)
      leave_former(one);
    if (wanted == goal::present)
      add(is_settled ? kind::renew : kind_of_return(one->second), one);
    else if (may_be_known)
      add(wanted == goal::ended || is_settled ? kind::gone : kind::leave, one);
    else
      forget_if_done(one);
  }
}

// The way to note a session that the store does not know any more. After its lease it was taken for gone, and others
// were told so.
member_order::kind shared_presence::kind_of_return(const session& of) const {
  return of.leased_until <= now() ? kind::join : kind::keep;
}

void shared_presence::check() {
  next_check_ = now() + home_.random.between(presence_renewal * 9 / 10, presence_renewal);
  settle();
  if (now() >= home_.members->trusted_from())
    expire();
  pump();
}

void shared_presence::pump() {
  if (!under_way_.empty() || waiting_.empty() || (!is_followed_ && !home_.members->refuses())) {
    arm();
    return;
  }
  std::vector<member_order> orders;
  for (std::size_t bytes = 0; !waiting_.empty() && orders.size() < max_orders && bytes < max_order_bytes;) {
    auto& order = waiting_.front().what;
    if (order.what == kind::gone) {
      const auto& one = sessions_.at(order.sid);
      if (!one.may_be_known && std::ranges::find(orders, order.sid, &member_order::sid) != orders.end())
        break;  // its join may be refused
      if (one.may_be_known)
        order.ttl = std::max(std::chrono::ceil<milliseconds>(one.due - now()), milliseconds{0});
      else
        order.what = kind::leave;  // it was refused
    }
    if (order.as != nullptr)
      bytes += order.as->id.size() + order.as->info.size();
    orders.push_back(order);
    under_way_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  sent_at_ = now();
  home_.members->apply(*stream_, std::move(orders), stream_actor{self_});
  arm();
}

void shared_presence::take(const members_answered& answer) {
  auto answered = std::exchange(under_way_, {});
  if (const auto* const error = std::get_if<redis_error>(&answer.outcome)) {
    for (auto& each : answered)
      fail(each, !is_not_run(error->why));
    if (!home_.members->refuses() || error->why == redis_failure::full)
      next_check_ = now() + renewal_soon;
  } else {
    const auto& done = std::get<members_applied>(answer.outcome);
    total_ = done.total;
    next_due_.reset();
    if (done.next_due)
      next_due_ = now() + *done.next_due;
    for (std::size_t i = 0; i < answered.size(); ++i)
      conclude(answered[i], done.results[i]);
  }
  pump();
}

void shared_presence::conclude(waiting_order& one, const member_result& result) {
  using outcome = member_outcome;
  auto& counters = home_.counters;
  if (result.what == outcome::failed)
    return fail(one, false);
  count_expired(result.left);
  const auto of = sessions_.find(one.what.sid);
  if (of == sessions_.end())
    return;
  auto& about = of->second;
  --about.pending;
  const auto answer = [&](std::string_view refusal = {}) {
    if (one.answer != nullptr)
      one.answer({refusal});
  };
  if (one.what.as->id != about.as->id) {
    conclude_former(one.what.what, about, result);
    answer();
    return forget_if_done(of);
  }
  switch (result.what) {
    case outcome::joined:
    case outcome::returned:
    case outcome::updated:
      count_join(one.what.what, result.what);
      about.as = one.what.as;
      about.may_be_known = about.is_settled = true;
      about.leased_until = sent_at_ + lease_of(home_.settings.presence);
      answer();
      break;
    case outcome::full:
      counters.hit(limit::presence_members);
      if (one.begins) {
        about.may_be_known = false;
        if (about.wanted == goal::present)
          about.wanted = goal::absent;
      }
      answer(stream_presence::too_many_members);
      break;
    case outcome::renewed:
      about.leased_until = sent_at_ + lease_of(home_.settings.presence);
      break;
    case outcome::unknown:
      about.is_settled = false;
      if (about.pending == 0 && about.wanted == goal::present)
        add(kind_of_return(about), of);
      break;
    case outcome::left:
      counters.presence_leaves.add();
      [[fallthrough]];
    default:  // gone, still, absent
      if (one.what.what == kind::gone)
        linger_until_ = std::max(linger_until_, time_of_expiry(about.due) + linger_more);
      about.may_be_known = about.is_settled = false;
      answer();
      break;
  }
  forget_if_done(of);
}

void shared_presence::count_join(kind order, member_outcome what) const {
  auto& counters = home_.counters;
  if (order == kind::keep)
    counters.presence_kept.add();
  else if (what == member_outcome::joined)
    counters.presence_joins.add();
  else if (what == member_outcome::returned)
    counters.presence_returns.add();
}

void shared_presence::conclude_former(kind order, session& of, const member_result& result) const {
  if (result.what == member_outcome::joined)
    home_.counters.presence_joins.add();
  else if (result.what == member_outcome::left)
    home_.counters.presence_leaves.add();
  if (order == kind::leave)
    of.former = nullptr;
}

// `may_be_done`: whether the store has carried it out is not known.
void shared_presence::fail(waiting_order& one, bool may_be_done) {
  refuse(one.answer);
  const auto of = sessions_.find(one.what.sid);
  if (of == sessions_.end())
    return;
  auto& about = of->second;
  --about.pending;
  if (!one.begins || one.what.as->id != about.as->id)
    return;
  if (may_be_done) {
    about.may_be_known = true;
    about.leased_until = sent_at_ + lease_of(home_.settings.presence);
  }
  if (about.wanted == goal::present)
    about.wanted = goal::absent;
  forget_if_done(of);
}

void shared_presence::refuse(const answer_call& answer) {
  if (answer == nullptr)
    return;
  home_.counters.presence_unavailable.add();
  answer({unavailable});
}

void shared_presence::forget_if_done(session_map::iterator which) {
  const auto& about = which->second;
  if (about.wanted != goal::present && !about.may_be_known && about.former == nullptr && about.pending == 0)
    forget(which);
}

void shared_presence::forget(session_map::iterator which) {
  sessions_.erase(which);
  home_.counters.presence_here.sub();
}

void shared_presence::count_expired(std::size_t members) {
  home_.counters.presence_expired.add(members);
  home_.counters.presence_leaves.add(members);
}

// -- questions ---

void shared_presence::ask() {
  if (const auto max_bytes = listings_.begin_reading())
    home_.members->list(*stream_, *max_bytes, stream_actor{self_});
}

void shared_presence::take(const members_listed& answer) {
  if (const auto* const content = std::get_if<members_content>(&answer.outcome)) {
    total_ = content->total;
    count_expired(content->expired);
    listings_.take(*content);
  } else {
    home_.counters.presence_unavailable.add(listings_.fail(unavailable));
  }
  ask();
  arm();
}

// -- time ---

void shared_presence::follow() {
  is_followed_ = true;
  settle();
  pump();
}

void shared_presence::watch(bool now) {
  total_ = std::max<std::size_t>(total_, 1);
  now ? check() : arm();
}

void shared_presence::tick() {
  const auto time = now();
  if (timer_at_ && *timer_at_ <= time)
    timer_at_.reset();
  if (!is_followed_ && under_way_.empty())
    while (!waiting_.empty() && waiting_.front().since + patience <= time) {
      auto late = std::move(waiting_.front());
      waiting_.pop_front();
      fail(late, false);
    }
  if (next_check_ && *next_check_ <= time) {
    check();
    return;
  }
  if (next_due_ && time_of_expiry(*next_due_) <= time)
    expire();
  pump();
}

// The time at which a session that is due is asked to leave.
shared_presence::time_point shared_presence::time_of_expiry(time_point due) const {
  return std::max(due + slack_of(home_.settings.presence.ttl), home_.members->trusted_from());
}

// Sets the timer for what is due next, unless it is set.
void shared_presence::arm() {
  if (!is_active())
    next_check_.reset();
  else if (!next_check_)
    next_check_ = now() + home_.random.between(presence_renewal * 9 / 10, presence_renewal);
  std::optional<time_point> at = next_check_;
  const auto consider = [&](time_point when) { at = at ? std::min(*at, when) : when; };
  if (next_due_)
    consider(time_of_expiry(*next_due_));
  if (!is_followed_ && !waiting_.empty())
    consider(waiting_.front().since + patience);
  if (linger_until_ > now())
    consider(linger_until_);
  if (!at || (timer_at_ && *timer_at_ <= *at))
    return;
  timer_at_ = at;
  self_->delayed_send(self_, std::max(*at - now(), time_point::duration::zero()), members_due{});
}

bool shared_presence::keeps_stream() const {
  return !sessions_.empty() || !waiting_.empty() || !under_way_.empty() || !listings_.is_empty() ||
         now() < linger_until_;
}

}  // namespace ability
