#include "actors/sessions/sessions.hpp"

#include <algorithm>
#include <caf/send.hpp>

#include "actors/app/messages.hpp"
#include "actors/node/totals.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

bool is_equal(const session_claim& a, const session_claim& b) {
  return a.credential == b.credential && a.identity == b.identity;
}

}  // namespace

bool keeps_sessions(const node_settings& how) noexcept {
  const bool are_shared = how.history.broker == history_broker::redis;
  return how.sessions.ttl.count() > 0 && how.history.broker != history_broker::none && (are_shared || !how.cluster.on);
}

void sessions_state::start(lane_home& home) {
  home_ = &home;
  shared_.start(home);
  if (home.vault != nullptr)
    self_->send(self_, vault_tick{});
}

sessions_actor::behavior_type sessions_state::make_behavior() {
  return {
      [this](const keep_session& order) { keep(order.session); },
      [this](const take_session& request) { return take(request); },
      [this](const session_searched& news) { note(news); },
      [this](const register_session& order) { return shared_.register_one(order); },
      [this](const session_wanted& order) {
        ask_connections({.sid = order.sid, .credential = {}, .identity = {}, .is_checked = true}, 0);
      },
      [this](const session_told& news) { shared_.note(news); },
      [this](const session_changing& news) { shared_.note(news); },
      [](const vault_answered& news) { news.take(); },
      [this](const vault_tick& news) {
        shared_.note(news);
        go_on();
      },
      [this](const disconnect_identity& order) { end_all_of(order.identity); },
      [this](sessions_due) {
        wakes_at_.reset();
        end_due();
      },
      [this](const await_history& order) { await(order.connection); },
      [this](histories_due) { end_awaiting(); },
      [this](end_sessions) {
        closed_ = true;
        share();
        end_due();
        return shared_.flushed();
      },
      [this](describe_sessions) { return describe(); },
  };
}

// -- records ---

void sessions_state::keep(session_ptr session) {
  if (session->ended == time_point{})
    session->ended = self_->clock().now();
  if (hand_over(session))
    return;
  if (!shared_.takes_more()) {
    keep_here(std::move(session));
  } else if (memory_of(*session) > shared_sessions::largest) {
    end(*session);
    home_->counters.sessions_dropped.add();
  } else {
    shared_.keep(session, [this](session_ptr back) {
      if (!hand_over(back))
        keep_here(std::move(back));
    });
  }
}

// Gives a session to the claim that waits for it, if there is one.
bool sessions_state::hand_over(session_ptr& session) {
  std::optional<answer> owner;
  for (auto [next, last] = searches_.equal_range(session->sid); next != last; next = searches_.erase(next)) {
    auto& of = next->second;
    if (fits(of.claim, session->credential, session->identity))
      owner = std::move(of.asker);
    else
      of.asker.deliver(session_taken{nullptr, session_refusal::foreign});
  }
  if (owner)
    owner->deliver(session_taken{std::move(session)});
  return owner.has_value();
}

void sessions_state::keep_here(session_ptr session) {
  if (closed_ || !keeps_sessions(home_->settings)) {
    end(*session);
    return;
  }
  store_.put(std::move(session));
  keep_bounds();
  wake_when_due();
  if (shared_.are_kept())
    shared_.tick_soon();
}

// Gives what is here to the vault.
void sessions_state::share() {
  while (!store_.empty() && shared_.takes_more())
    keep(store_.take_oldest());
  show_size();
}

void sessions_state::go_on() {
  share();
  shared_.go_on(closed_);
  if (shared_.has_work() || (!store_.empty() && shared_.are_kept()))
    shared_.tick_soon();
}

void sessions_state::end(session_record& session) {
  const auto sid = session.sid;
  if (!session.owes_disconnect || !home_->here.disconnect_queue)
    shared_.settle(sid);
  else
    caf::anon_send(home_->here.disconnect_queue,
                   connection_left{goodbye_of(session), settling(sessions_actor{self_}, sid)});
}

// A remote disconnect: nobody with this identity comes back without being asked who it is.
void sessions_state::end_all_of(const std::string& identity) {
  for (const auto& each : store_.take_all_of(identity))
    end(*each);
  show_size();
  shared_.end_all_of(identity);
}

void sessions_state::end_due() {
  const auto now = self_->clock().now();
  const auto ttl =
      closed_ || !keeps_sessions(home_->settings) ? std::chrono::milliseconds{0} : home_->settings.sessions.ttl;
  while (!store_.empty() && store_.oldest() + ttl <= now) {
    end(*store_.take_oldest());
    home_->counters.sessions_expired.add();
  }
  while (!until_when_.empty() && until_when_.front().at <= now) {
    const auto [until, sid, number] = std::move(until_when_.front());
    until_when_.pop_front();
    if (const auto found = find_search(sid, number); found != searches_.end())
      refuse(found, session_refusal::unfinished);
  }
  keep_bounds();
  wake_when_due();
}

// Lanes share the bounds: the sum of all counts, and the own oldest records go.
void sessions_state::keep_bounds() {
  const auto& most = home_->settings.sessions;
  show_size();
  const auto& here = home_->here;
  while (!store_.empty() && (sum_of(here, &lane_counters::sessions) > most.max_kept ||
                             sum_of(here, &lane_counters::session_bytes) > most.max_bytes)) {
    end(*store_.take_oldest());
    home_->counters.sessions_dropped.add();
    show_size();
  }
}

void sessions_state::wake_when_due() {
  std::optional<time_point> due;
  if (!store_.empty())
    due = store_.oldest() + home_->settings.sessions.ttl;
  if (!until_when_.empty())
    due = std::min(due.value_or(time_point::max()), until_when_.front().at);
  if (!due || (wakes_at_ && *wakes_at_ <= *due))
    return;
  wakes_at_ = due;
  self_->delayed_send(self_, std::max(*due - self_->clock().now(), time_point::duration{1}), sessions_due{});
}

sessions_facts sessions_state::describe() const {
  sessions_facts facts{.kept = store_.size(), .bytes = store_.bytes(), .shared = shared_.kept_by_all()};
  if (keeps_sessions(home_->settings))
    facts.bounds = home_->settings.sessions;
  if (store_.empty())
    return facts;
  const auto now = self_->clock().now();
  facts.oldest = now - store_.oldest();
  facts.newest = now - store_.newest();
  return facts;
}

void sessions_state::show_size(std::size_t count, std::size_t bytes) {
  home_->counters.sessions.set(count);
  home_->counters.session_bytes.set(bytes);
}

// -- clients that came back ---

void sessions_state::await(const connection_actor& who) {
  awaited_.push_back({self_->clock().now() + history_awaited, who});
  if (awaited_.size() == 1)
    self_->delayed_send(self_, history_awaited, histories_due{});
}

void sessions_state::end_awaiting() {
  const auto now = self_->clock().now();
  for (; !awaited_.empty() && awaited_.front().until <= now; awaited_.pop_front())
    caf::anon_send(awaited_.front().connection, follow_awaited{});
  if (!awaited_.empty())
    self_->delayed_send(self_, std::max<time_point::duration>(awaited_.front().until - now, shortest_pause),
                        histories_due{});
}

// -- claims ---

sessions_state::answer sessions_state::take(const take_session& request) {
  const auto& claim = request.claim;
  auto asker = self_->make_response_promise<session_taken>();
  if (const auto found = store_.find(claim.sid)) {
    const bool is_theirs = fits(claim, found->credential, found->identity);
    asker.deliver(is_theirs ? session_taken{store_.take(claim.sid)} : session_taken{nullptr, session_refusal::foreign});
    show_size();
    return asker;
  }
  // One that does not fit must not keep the session's own client from it.
  const auto [first, last] = searches_.equal_range(claim.sid);
  if (std::any_of(first, last, [&](const auto& each) { return is_equal(each.second.claim, claim); })) {
    asker.deliver(session_taken{nullptr, session_refusal::unknown});
    return asker;
  }
  const auto until = self_->clock().now() + surrender_within;
  searches_.emplace(claim.sid, search{claim, asker, home_->here.lanes.size(), ++last_search_});
  until_when_.push_back({until, claim.sid, last_search_});
  ask_connections(claim, last_search_);
  wake_when_due();
  return asker;
}

void sessions_state::ask_connections(const session_claim& claim, std::uint64_t number) {
  for (const auto& each : home_->here.lanes)
    caf::anon_send(each->registry, surrender_session{claim, sessions_actor{self_}, number});
}

// A connection that has ended meanwhile had its session kept before its registry forgot it.
void sessions_state::note(const session_searched& news) {
  const auto found = find_search(news.sid, news.search);
  if (found == searches_.end())
    return;
  auto& which = found->second;
  --which.unanswered;
  which.found = which.found || news.outcome == session_search::surrendered;
  if (news.outcome == session_search::foreign)
    refuse(found, session_refusal::foreign);
  else if (which.unanswered == 0 && !which.found)
    ask_vault(found);
}

void sessions_state::ask_vault(search_map::iterator which) {
  if (!shared_.are_kept()) {
    refuse(which, session_refusal::unknown);
  } else if (!shared_.takes_more()) {
    refuse(which, session_refusal::away);
  } else {
    const auto claim = which->second.claim;
    shared_.take(claim, [this, claim, number = which->second.number](redis_result<vault_claim> answer) {
      take(claim, number, answer);
    });
  }
}

// A session that nobody waits for any more is kept again.
void sessions_state::take(const session_claim& claim, std::uint64_t number, redis_result<vault_claim>& answer) {
  using outcome = vault_claim::outcome;
  const auto found = find_search(claim.sid, number);
  auto* got = std::get_if<vault_claim>(&answer);
  if (found == searches_.end()) {
    if (got != nullptr && got->session != nullptr)
      keep(std::move(got->session));
  } else if (got == nullptr) {
    refuse(found, session_refusal::away);
  } else if (got->session != nullptr) {
    auto asker = std::move(found->second.asker);
    searches_.erase(found);
    asker.deliver(session_taken{std::move(got->session)});
  } else if (got->what == outcome::open) {
    found->second.unanswered = 1;
    self_->delayed_send(self_, ask_again, session_searched{claim.sid, number, session_search::nothing});
  } else {
    refuse(found, got->what == outcome::foreign ? session_refusal::foreign : session_refusal::unknown);
  }
}

sessions_state::search_map::iterator sessions_state::find_search(const std::string& sid, std::uint64_t number) {
  const auto [first, last] = searches_.equal_range(sid);
  const auto found = std::find_if(first, last, [number](const auto& each) { return each.second.number == number; });
  return found == last ? searches_.end() : found;
}

void sessions_state::refuse(search_map::iterator which, session_refusal why) {
  auto asker = std::move(which->second.asker);
  searches_.erase(which);
  asker.deliver(session_taken{nullptr, why});
}

std::function<void(bool)> settling(sessions_actor of, std::string sid) {
  return [of = std::move(of), sid = std::move(sid)](bool was_made) { caf::anon_send(of, session_told{sid, was_made}); };
}

sessions_actor spawn_sessions(lane_home& home) {
  return spawn_on<sessions_actor, sessions_state>(home.here.system, home.runs_on, home);
}

}  // namespace ability
