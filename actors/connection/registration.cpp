#include "actors/connection/registration.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/connection/resumption.hpp"
#include "actors/sessions/session_vault.hpp"
#include "actors/sessions/sessions.hpp"

namespace ability {

namespace {

bool is_shared(const connected_client& who) {
  return who.resumable != nullptr && who.home->vault != nullptr && keeps_sessions(who.home->settings);
}

bool is_owed(const connected_client& who) {
  return who.application.owes_disconnect(who.home->settings.app.disconnects);
}

// The sessions actor of this lane sends `session_changed`.
void tell_later(connected_client& who) {
  if (is_shared(who) && !std::exchange(who.resumable->is_change_due, true))
    caf::anon_send(who.home->sessions, session_changing{connection_actor{who.self}});
}

void ask(connected_client& who, register_session order, std::function<void(bool)> then) {
  const auto answered = [&who, then = std::move(then)](bool is_held) {
    if (is_held)
      who.is_registered = true;
    else if (who.phase == connection_phase::open)
      tell_later(who);
    then(is_held);
  };
  who.self->request(who.home->here.sessions_of(who.sid), caf::infinite, std::move(order))
      .then([answered](const session_registered& answer) { answered(answer.is_held); },
            [answered](const caf::error&) { answered(false); });
}

}  // namespace

// The vault of another lane may know better, so this is for what is costly only.
bool can_be_registered(const connected_client& who) { return is_shared(who) && who.home->vault->is_up(); }

void register_session_of(connected_client& who, std::string replaced, std::function<void(bool)> then) {
  auto record = is_shared(who) && is_owed(who) ? snapshot_of(who) : nullptr;
  if (record == nullptr && (replaced.empty() || !is_shared(who))) {
    then(false);
    return;
  }
  ask(who, {who.sid, std::move(record), std::move(replaced)}, std::move(then));
}

void note_change(connected_client& who) {
  if (is_shared(who) && is_owed(who))
    tell_later(who);
}

void note_first_question(connected_client& who) {
  if (!who.is_registered && can_be_registered(who) && !who.resumable->is_change_due)
    register_session_of(who, {}, [](bool) {});
}

void tell_changes(connected_client& who) {
  if (who.resumable == nullptr || who.phase != connection_phase::open)
    return;
  who.resumable->is_change_due = false;
  if (can_be_registered(who))
    register_session_of(who, {}, [](bool) {});
  else
    tell_later(who);
}

void hand_off(connected_client& who, std::function<void()> confirmed, std::function<void()> otherwise) {
  if (!can_be_registered(who)) {
    otherwise();
    return;
  }
  ask(who, {who.sid, snapshot_of(who), {}},
      [confirmed = std::move(confirmed), otherwise = std::move(otherwise)](bool is_held) {
        is_held ? confirmed() : otherwise();
      });
}

}  // namespace ability
