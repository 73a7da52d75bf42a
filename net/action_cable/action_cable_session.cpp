#include "net/action_cable/action_cable_session.hpp"

#include <utility>

#include "actors/node/log.hpp"
#include "protocol/action_cable/formats.hpp"
#include "protocol/action_cable/messages.hpp"
#include "protocol/action_cable/replies.hpp"

namespace ability {

namespace {

constexpr auto text = client_transport::content::text;

// Milliseconds an accepted client has for its first message; after them its reader is freed.
constexpr std::chrono::milliseconds first_word_within{3'000};

}  // namespace

// -- handshake ---

void action_cable_session::start(std::shared_ptr<client_session> self) {
  client_session_base::start(std::move(self));
  auto known = transport().describe();
  known.keeps_sessions = extended_;
  known.protocol = "action_cable";
  ask_in(std::move(known));
}

void action_cable_session::on_accepted(std::string_view, bool) {
  if (!transport().open())
    return;
  transport().read_on();
  if (pings_.pongs == pong_duty::always)
    expect_pongs();
  schedule_ping(true);
}

const wire_format& action_cable_session::format() const noexcept {
  const auto broker = where().home.settings.history.broker;
  return action_cable_json({.deflated = transport().frames() == client_transport::framing::websocket_deflated,
                            .positions = broker == history_broker::memory || broker == history_broker::redis ||
                                         (broker == history_broker::automatic && extended_)});
}

void action_cable_session::on_refused(refusal why, const std::vector<std::string>& farewells) {
  if (transport().refuse(why)) {
    gone();
    return;
  }
  if (!transport().open())
    return;
  for (const auto& each : farewells)
    send_text(each);
  if (why == refusal::unavailable) {
    end(1011, "try again later");
    return;
  }
  const auto reason =
      why == refusal::token_expired ? disconnect_reason::token_expired : disconnect_reason::unauthorized;
  end(1000, reason, farewells.empty() ? disconnect_message(reason, false) : std::string{});
}

// -- in ---

void action_cable_session::on_message(std::string_view bytes, client_transport::content) {
  where().home.counters.client_messages.add();
  auto said = decode_command(bytes);
  if (said) {
    command(std::move(*said));
    return;
  }
  malformed(said.error().detail);
  // Errors alone must not fill the queue of a client that does not read them and get it closed.
  if (transport().queued() < where().settings.max_pending_size / 2)
    send_text(error_message(said.error().detail));
}

void action_cable_session::on_bytes() {
  if (pongs_ != nullptr)
    pongs_->heard();
}

// -- out ---

void action_cable_session::send_text(std::string_view payload) {
  const bool may_tell_pongs = pings_.pongs == pong_duty::if_welcomed;
  if (!may_tell_pongs && !awaits_welcome_) {
    send(payload, text);
    return;
  }
  // The application may send the welcome, so look at each message: the welcome tells the client its sid, or to answer
  // pings.
  std::string extended{payload};
  if (awaits_welcome_ && add_sid(extended, sid()))
    awaits_welcome_ = false;
  if (may_tell_pongs && add_pong_extension(extended)) {
    pings_.pongs = pong_duty::always;
    expect_pongs();
    schedule_ping(true);
  }
  send(extended, text);
}

void action_cable_session::tell(const client_reply& what) {
  // Other clients take a type that they do not know for a message of the channel.
  if (const auto* const history = std::get_if<reply::history>(&what);
      history != nullptr && history->is_unasked && !extended_)
    return;
  if (std::holds_alternative<reply::welcome>(what))
    awaits_welcome_ = false;
  // Send an empty transmission, too: it is the application's own message.
  if (const auto message = message_of(what); !message.empty() || std::holds_alternative<reply::transmission>(what))
    send_text(message);
}

// -- pings ---

bool action_cable_session::ping() {
  // Clients of a lane share the ready frame.
  return transport().frames() == client_transport::framing::none ? send(ping_message(now_in(pings_.unit)), text)
                                                                 : push(ping_frame(pings_.unit), 1);
}

void action_cable_session::expect_pongs() { pongs_ = std::make_unique<pong_watch>(where().settings.pong_timeout); }

void action_cable_session::on_schedule() {
  if (pongs_ != nullptr)
    watch_pongs();
  else if (pings_.interval.count() == 0 || ping())
    schedule_ping(false);
}

void action_cable_session::watch_pongs() {
  const auto now = pong_watch::clock::now();
  if (pongs_->is_overdue(now)) {
    if (wants_more()) {
      where().home.counters.silent_clients.add();
      log(log_level::info, "client did not answer a ping", {{"sid", std::string{sid()}}});
      close({close_reason::kind::disconnected, disconnect_reason::no_pong, true});
      return;
    }
    pongs_->start_again(now);  // the client was not read meanwhile
  }
  if (pongs_->is_ping_due(now)) {
    if (!ping())
      return;
    pongs_->pinged(now, pings_.interval);
  }
  schedule_ping(false);
}

// Sets the timer to the next ping, the pong timeout or the end of the token.
void action_cable_session::schedule_ping(bool first) {
  const std::chrono::milliseconds interval = pings_.interval;
  if (interval.count() == 0) {
    first ? schedule(first_word_within) : schedule();
    return;
  }
  const auto delay = first ? where().home.random.between(interval / 2, interval * 3 / 2) : interval;
  if (pongs_ == nullptr) {
    schedule(delay);
    return;
  }
  const auto now = pong_watch::clock::now();
  if (first)
    pongs_->start(now, delay);
  schedule(pongs_->until_due(now));
}

// -- end ---

void action_cable_session::close(const close_reason& why) {
  if (is_alive() && !is_open() && !is_refusing()) {
    refuse(refusal::unavailable, {});
    return;
  }
  const auto goodbye = goodbye_of(why);
  end(goodbye.code, goodbye.reason, goodbye.text);
}

}  // namespace ability
