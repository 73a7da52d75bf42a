#include "actors/connection/resumption.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/app/messages.hpp"
#include "actors/connection/history_exchange.hpp"
#include "actors/connection/presence_commands.hpp"
#include "actors/connection/registration.hpp"
#include "actors/node/log.hpp"
#include "actors/sessions/sessions.hpp"
#include "actors/stream/history/log_bounds.hpp"

namespace ability {

namespace {

constexpr std::size_t longest_sid = 64;

// Bound on the sids of a session whose own messages it is not sent. A client that loses its connection more often than
// that within the life of a stream's log may see one of its own.
constexpr std::size_t most_earlier_sids = 16;

// A session on its way back to its client. Subscriptions follow their streams one after the other, so that each limit
// counts as it does for a client that subscribes.
class restoration : public std::enable_shared_from_this<restoration> {
public:
  restoration(connected_client& who, command_handler& commands, session_ptr from)
      : who_{who}, commands_{commands}, from_{std::move(from)} {}

  void go_on() {
    while (who_.phase == connection_phase::open && next_ < from_->subscriptions.size())
      if (const auto& each = from_->subscriptions[next_++]; each.confirmed && begin(each))
        return;
    finish();
  }

private:
  // A subscription that exceeds a limit is left out: the client subscribes again, and is told. Returns true if the
  // subscription waits for its streams.
  bool begin(const session_record::subscription& kept) {
    if (who_.subscriptions.limit_for(kept.identifier, who_.home->settings))
      return false;
    auto& restored = who_.subscriptions.add(kept.identifier, kept.tag);
    restored.may_whisper = kept.may_whisper;
    restored.may_be_present = kept.may_be_present;
    restored.confirmed = true;
    if (kept.state != nullptr)
      restored.state = std::make_unique<text_map>(*kept.state);
    const auto streams = await_logged(restored, kept);
    if (!streams) {
      who_.subscriptions.remove(who_.self, who_.home->here, restored);
      return false;
    }
    if (streams->empty())
      return false;
    who_.subscriptions.follow(who_.self, *who_.home, restored, *streams, nullptr,
                              [self = shared_from_this(), &kept](const subscriptions::outcome& outcome) {
                                self->end(kept.identifier, outcome);
                              });
    return true;
  }

  // Lets streams with a log wait for the client's history. Returns the others; none: all together exceed a limit.
  std::optional<std::vector<std::string>> await_logged(subscriptions::entry& restored,
                                                       const session_record::subscription& kept) {
    std::vector<std::string> names;
    names.reserve(kept.streams.size());
    for (const auto& each : kept.streams)
      names.push_back(each.name);
    if (who_.subscriptions.plan(restored, names, who_.home->settings, who_.home->counters))
      return std::nullopt;
    restored.pending = nullptr;
    names.clear();
    auto awaited = std::make_unique<std::vector<kept_stream>>();
    for (const auto& each : kept.streams)
      if (each.began.epoch != 0 && log_bounds(who_.home->settings.history, each.name))
        awaited->push_back(each);
      else
        names.push_back(each.name);
    if (!awaited->empty())
      restored.awaited = std::move(awaited);
    return names;
  }

  void end(const std::string& identifier, const subscriptions::outcome& outcome) {
    if (outcome.stream_failed) {
      commands_.reconnect();
      return;
    }
    if (outcome.kept_out)
      who_.subscriptions.remove(who_.self, who_.home->here, *who_.subscriptions.find(identifier));
    go_on();
  }

  // Nodes that share sessions know this one by its new sid from here on.
  void finish() {
    if (who_.phase != connection_phase::open || who_.home->vault == nullptr) {
      conclude();
      return;
    }
    who_.resumable->taken = nullptr;
    register_session_of(who_, from_->sid, [self = shared_from_this()](bool) { self->conclude(); });
  }

  void conclude() {
    if (who_.phase == connection_phase::open)
      welcome();
    else
      commands_.drop_waiting();
    commands_.go_on();
  }

  void welcome() {
    std::vector<reply::restored_subscription> restored;
    bool any_awaited = false;
    for (const auto& each : who_.subscriptions) {
      restored.push_back({each.identifier, each.tag});
      any_awaited |= each.awaited != nullptr;
    }
    if (any_awaited)
      caf::anon_send(who_.home->sessions, await_history{connection_actor{who_.self}});
    who_.resumable->taken = nullptr;
    who_.home->counters.sessions_restored.add();
    who_.session->tell(reply::welcome{who_.sid, &restored});
    presence_commands{who_, commands_}.restore(*from_);
  }

  connected_client& who_;
  command_handler& commands_;
  session_ptr from_;
  std::size_t next_ = 0;
};

// All but what can be moved from a client that has left.
session_ptr bare_session_of(const connected_client& who) {
  auto record = std::make_shared<session_record>();
  record->sid = who.sid;
  record->identity = who.identity;
  record->subscriptions.reserve(who.subscriptions.size());
  for (const auto& each : who.subscriptions) {
    auto& kept = record->subscriptions.emplace_back(
        session_record::subscription{each.identifier, each.tag, each.may_whisper, each.may_be_present, each.confirmed});
    kept.streams.reserve(each.streams.size());
    for (const auto& stream : each.streams) {
      auto& added = kept.streams.emplace_back(kept_stream{*stream.stream});
      if (stream.epoch != 0)
        added.began = {stream.epoch, stream.began};
    }
    if (each.awaited != nullptr)
      kept.streams.insert(kept.streams.end(), each.awaited->begin(), each.awaited->end());
    if (each.pending != nullptr)
      for (const auto& name : each.pending->streams)
        kept.streams.push_back({name});
    if (each.state != nullptr)
      kept.state = std::make_unique<text_map>(*each.state);
    if (each.member_of != nullptr)
      kept.member_of = std::make_unique<presence_membership>(*each.member_of);
  }
  return record;
}

session_ptr kept_session_of(connected_client& who) {
  auto record = bare_session_of(who);
  record->credential = std::move(who.resumable->credential);
  record->earlier_sids = std::move(who.resumable->earlier_sids);
  who.application.put_into(*record, who.home->settings.app.disconnects);
  return record;
}

}  // namespace

bool is_session_id(std::string_view text) noexcept {
  static constexpr std::string_view characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return !text.empty() && text.size() <= longest_sid && text.find_first_not_of(characters) == std::string_view::npos;
}

void note_refusal(const connected_client& who, std::string_view earlier_sid, session_refusal why) {
  who.home->counters.sessions_refused[static_cast<std::size_t>(why)].add();
  if (log_enabled(log_level::debug))
    log(log_level::debug, "session not restored",
        {{"sid", who.sid},
         {"earlier_sid", is_session_id(earlier_sid) ? std::string{earlier_sid} : std::string{"malformed"}},
         {"reason", std::string{name_of(why)}}});
}

void give_back(const connected_client& who, const session_ptr& session) {
  const auto& here = who.home->here;
  caf::anon_send(here.sessions_of(session->sid), keep_session{session});
}

// The session is given back if its client is gone before the welcome, as it knows its earlier sid only.
void restore_session(connected_client& who, command_handler& commands, session_ptr session,
                     client_session::time_point expires) {
  auto& mine = *who.resumable;
  mine.earlier_sids = session->earlier_sids;
  mine.earlier_sids.push_back(session->sid);
  if (mine.earlier_sids.size() > most_earlier_sids)
    mine.earlier_sids.erase(mine.earlier_sids.begin());
  mine.taken = session;
  if (log_enabled(log_level::debug))
    log(log_level::debug, "session restored", {{"sid", who.sid}, {"earlier_sid", session->sid}});
  who.application.resume(*session);
  who.admit({session->identity, expires});
  commands.hold();
  std::make_shared<restoration>(who, commands, std::move(session))->go_on();
}

void follow_with_history(connected_client& who, command_handler& commands, subscriptions::entry& of, std::uint32_t tag,
                         const std::shared_ptr<const history_request>& asked, std::function<void()> then) {
  const auto awaited = std::exchange(of.awaited, nullptr);
  std::vector<std::string> names;
  names.reserve(awaited->size());
  auto whole = asked == nullptr ? nullptr : std::make_shared<history_request>(*asked);
  for (auto& each : *awaited) {
    if (whole != nullptr && whole->find(each.name) == nullptr && whole->find_unnamed(each.began.epoch) == nullptr)
      whole->streams.push_back({each.name, each.began});
    names.push_back(std::move(each.name));
  }
  who.subscriptions.follow(
      who.self, *who.home, of, names, whole,
      [&who, &commands, identifier = of.identifier, tag, whole,
       then = std::move(then)](const subscriptions::outcome& outcome) {
        if (outcome.stream_failed) {
          commands.reconnect();
          return;
        }
        auto& followed = *who.subscriptions.find(identifier);
        if (outcome.kept_out) {
          commands.reject(identifier, tag, subscriptions::words_for(*outcome.kept_out).what);
          presence_commands::leave(who, followed);
          who.subscriptions.remove(who.self, who.home->here, followed);
        } else if (whole == nullptr) {
          tell_beginning(who, followed, tag, false);
          who.session->tell(reply::history{identifier, false, {}});
        } else if (outcome.held.size() < followed.streams.size()) {
          exchange_history(who, identifier, tag, whole, outcome.held,
                           then);  // some of its streams were followed before
          return;
        } else {
          send_history(who, identifier, tag, *whole, outcome.held);
        }
        then();
      },
      room_for_missed(who, whole.get()));
}

session_search answer_claim(const connected_client& who, const session_claim& claim) {
  const auto* mine = who.resumable.get();
  if (mine == nullptr || mine->taken != nullptr)
    return session_search::nothing;
  return fits(claim, mine->credential, who.identity) ? session_search::surrendered : session_search::foreign;
}

session_ptr snapshot_of(const connected_client& who) {
  auto record = bare_session_of(who);
  record->credential = who.resumable->credential;
  record->earlier_sids = who.resumable->earlier_sids;
  who.application.copy_into(*record, who.home->settings.app.disconnects);
  return record;
}

void tell_application(connected_client& who, const std::string& identity) {
  const auto& here = who.home->here;
  auto then = who.is_registered ? settling(here.sessions_of(who.sid), who.sid) : nullptr;
  auto call = who.application.goodbye(who.home->settings.app.disconnects, who.sid, identity, who.subscriptions);
  if (call != nullptr)
    caf::anon_send(here.disconnect_queue, connection_left{std::move(call), std::move(then)});
  else if (then != nullptr)
    then(true);
}

void end_session(connected_client& who) {
  if (who.resumable == nullptr || !keeps_sessions(who.home->settings))
    tell_application(who, who.identity);
  else if (who.resumable->taken != nullptr)
    give_back(who, std::exchange(who.resumable->taken, nullptr));
  else
    give_back(who, kept_session_of(who));
}

}  // namespace ability
