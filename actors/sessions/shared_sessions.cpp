#include "actors/sessions/shared_sessions.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/app/messages.hpp"
#include "actors/node/log.hpp"
#include "actors/sessions/sessions.hpp"

namespace ability {

bool shared_sessions::are_kept() const { return home_->vault != nullptr && keeps_sessions(home_->settings); }

std::optional<std::uint64_t> shared_sessions::kept_by_all() const {
  if (!are_kept() || !renewed_)
    return std::nullopt;
  return home_->counters.sessions_in_vault.get();
}

bool shared_sessions::is_up() const { return home_->vault->is_up(); }

bool shared_sessions::takes_more() const { return are_kept() && is_up() && !home_->vault->is_full(); }

bool shared_sessions::has_work() const {
  return home_->vault != nullptr && (is_first_lane() || !unsettled_.empty() || !changed_.empty());
}

void shared_sessions::tick_soon() {
  if (!std::exchange(ticks_, true))
    self_->delayed_send(self_, tick, vault_tick{true});
}

// Counts the question until it is answered.
template <class Answer>
session_vault::then<Answer> shared_sessions::counted(session_vault::then<Answer> done) {
  ++under_way_;
  return [this, done = std::move(done)](redis_result<Answer> answer) {
    --under_way_;
    done(std::move(answer));
    if (under_way_ == 0)
      for (auto& each : std::exchange(flushed_, {}))
        each.deliver(sessions_ended{});
  };
}

caf::typed_response_promise<sessions_ended> shared_sessions::flushed() {
  auto asker = self_->make_response_promise<sessions_ended>();
  if (under_way_ == 0)
    asker.deliver(sessions_ended{});
  else
    flushed_.push_back(asker);
  return asker;
}

// -- one session ---

void shared_sessions::keep(const session_ptr& session, std::function<void(session_ptr)> failed) {
  using std::chrono::milliseconds;
  const auto age = std::chrono::duration_cast<milliseconds>(self_->clock().now() - session->ended);
  const auto ttl = std::max(home_->settings.sessions.ttl - age, milliseconds{1});
  home_->vault->keep(
      session, ttl, session->may_be_shared,
      counted<bool>([this, session, failed = std::move(failed)](const redis_result<bool>& answer) {
        if (const auto* error = std::get_if<redis_error>(&answer)) {
          session->may_be_shared = session->may_be_shared || !is_not_run(error->why);
          failed(session);
        } else {
          (std::get<bool>(answer) ? home_->counters.sessions_shared : home_->counters.sessions_moved).add();
        }
      }));
}

void shared_sessions::take(const session_claim& claim, session_vault::then<vault_claim> done) {
  home_->vault->take(
      claim, counted<vault_claim>([this, sid = claim.sid, done = std::move(done)](redis_result<vault_claim> answer) {
        if (const auto* error = std::get_if<redis_error>(&answer); error != nullptr && !is_not_run(error->why))
          ask_later(sid, false);
        done(std::move(answer));
      }));
}

caf::typed_response_promise<session_registered> shared_sessions::register_one(const register_session& order) {
  auto asker = self_->make_response_promise<session_registered>();
  const bool is_owed = order.session != nullptr;
  auto failed = [this, asker, replaced = order.replaced, is_owed]() mutable {
    if (is_owed)
      home_->counters.sessions_unregistered.add();
    if (!replaced.empty())
      settle(replaced);
    asker.deliver(session_registered{false});
  };
  if (!takes_more() || (is_owed && memory_of(*order.session) > largest)) {
    failed();
    return asker;
  }
  home_->vault->owe(order.sid, order.session, order.replaced,
                    counted<bool>([asker, failed](const redis_result<bool>& answer) mutable {
                      if (std::holds_alternative<redis_error>(answer))
                        failed();
                      else
                        asker.deliver(session_registered{true});
                    }));
  return asker;
}

void shared_sessions::settle(const std::string& sid) {
  if (home_->vault != nullptr)
    ask(sid, true);
}

void shared_sessions::ask(const std::string& sid, bool is_over) {
  if (!is_up() || home_->vault->is_full()) {
    ask_later(sid, is_over);
    return;
  }
  auto done = counted<bool>([this, sid, is_over](const redis_result<bool>& answer) {
    if (std::holds_alternative<redis_error>(answer))
      ask_later(sid, is_over);
  });
  if (is_over)
    home_->vault->settle(sid, std::move(done));
  else
    home_->vault->release(sid, home_->settings.sessions.ttl, std::move(done));
}

void shared_sessions::ask_later(const std::string& sid, bool is_over) {
  if (unsettled_.size() < most_unsettled)
    unsettled_.push_back({sid, is_over});
  tick_soon();
}

void shared_sessions::end_all_of(const std::string& identity) {
  if (home_->vault == nullptr || !is_first_lane())
    return;
  home_->vault->end_all_of(identity, counted<bool>([](const redis_result<bool>& answer) {
                             if (const auto* error = std::get_if<redis_error>(&answer))
                               log(log_level::warn, "shared sessions of a disconnected identity were not ended",
                                   {{"reason", std::string{name_of(error->why)}}});
                           }));
}

void shared_sessions::note(const session_told& news) {
  being_told_.erase(news.sid);
  if (news.was_made)
    settle(news.sid);
}

// -- all sessions ---

void shared_sessions::go_on(bool is_closed) {
  if (home_->vault == nullptr || !is_up())
    return;
  for (auto left = unsettled_.size(); left > 0 && !home_->vault->is_full(); --left) {
    const auto next = std::move(unsettled_.front());
    unsettled_.pop_front();
    ask(next.sid, next.is_over);
  }
  tell_changes();
  if (!is_first_lane())
    return;
  home_->vault->renew(home_->settings.sessions.ttl,
                      counted<vault_size>([this](const redis_result<vault_size>& answer) { note(answer); }));
  if (is_closed || reaps_ || !being_told_.empty())
    return;
  reaps_ = true;
  home_->vault->reap(static_cast<bool>(home_->here.disconnect_queue),
                     counted<vault_due>([this](redis_result<vault_due> answer) {
                       reaps_ = false;
                       tell(answer);
                     }));
}

void shared_sessions::note(const session_changing& news) {
  changed_.push_back(news.connection.address());
  tick_soon();
}

void shared_sessions::tell_changes() {
  for (auto left = std::min(changed_.size(), most_changes); left > 0 && !home_->vault->is_full(); --left) {
    if (const auto strong = caf::actor_cast<caf::strong_actor_ptr>(changed_.front()))
      caf::anon_send(caf::actor_cast<connection_actor>(strong), session_changed{});
    changed_.pop_front();
  }
}

// Without its lease the node's sessions may have been taken to be over, or Redis may have lost them: each connection
// registers its own again.
void shared_sessions::note(const redis_result<vault_size>& answer) {
  const auto* all = std::get_if<vault_size>(&answer);
  if (all == nullptr)
    return;
  home_->counters.sessions_in_vault.set(all->kept);
  home_->counters.sessions_freed.add(all->freed);
  if (!std::exchange(renewed_, true) || all->had_lease)
    return;
  home_->counters.session_leases_lost.add();
  log(log_level::warn, "this node was taken to be dead by others, or Redis has lost its sessions; they are told again");
  for (const auto& each : home_->here.lanes)
    caf::anon_send(each->registry, register_sessions{});
}

void shared_sessions::tell(redis_result<vault_due>& answer) {
  auto* due = std::get_if<vault_due>(&answer);
  if (due == nullptr)
    return;
  home_->counters.sessions_expired.add(due->ended + due->owed.size());
  for (const auto& each : due->owed) {
    const auto sid = each->sid;
    being_told_.insert(sid);
    caf::anon_send(home_->here.disconnect_queue,
                   connection_left{goodbye_of(*each), settling(sessions_actor{self_}, sid)});
  }
}

}  // namespace ability
