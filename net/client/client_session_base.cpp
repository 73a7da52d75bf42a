#include "net/client/client_session_base.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <string>
#include <utility>

#include "actors/connection/connection.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"

namespace ability {

// Ends the handshake when the daemon stops.
struct client_session_base::stop_order final : stoppable {
  explicit stop_order(client_session_base& of) noexcept : session{of} {}
  void stop() override { session.refuse(refusal::unavailable, {}); }

  client_session_base& session;
};

client_session_base::client_session_base(client_transport& transport)
    : transport_{transport}, stop_order_{std::make_unique<stop_order>(*this)} {
  const auto sid = random_id();
  std::ranges::copy(sid, sid_.begin());
  where().shared.connections.fetch_add(1, std::memory_order_relaxed);
  where().stoppables.push_back(*stop_order_);
}

client_session_base::~client_session_base() { where().shared.connections.fetch_sub(1, std::memory_order_relaxed); }

void client_session_base::start(std::shared_ptr<client_session> self) {
  actor_ = spawn_connection(where().home, std::move(self), std::string{sid()});
  where().lane.wheel().set(*this, where().settings.handshake_timeout);
}

// -- handshake ---

void client_session_base::ask_in(client_handshake known) {
  caf::anon_send(actor_, start_handshake{std::make_shared<const client_handshake>(std::move(known))});
}

const wire_format& client_session_base::accept(std::string_view identity, time_point expires, bool restores) {
  cancel();
  stop_order_ = nullptr;
  if (state_ == state::handshaking) {
    state_ = state::open;
    expires_ = expires;
    on_accepted(identity, restores);
  }
  if (is_open())
    log_debug("client connected");
  return format();
}

void client_session_base::refuse(refusal why, const std::vector<std::string>& farewells) {
  if (state_ == state::handshaking && !std::exchange(refusing_, true))
    on_refused(why, farewells);
}

void client_session_base::on_late() {
  note_refusal(where().home, refusal_reason::client_timeout, transport_.peer_address(),
               "nobody has let it in within --handshake-timeout");
  refuse(refusal::unavailable, {});
}

void client_session_base::on_timer() {
  transport_.rest();
  if (state_ == state::handshaking)
    on_late();
  else if (std::chrono::system_clock::now() >= expires_)
    close({close_reason::kind::disconnected, disconnect_reason::token_expired, where().settings.expired_may_return});
  else
    on_schedule();
}

void client_session_base::schedule(std::chrono::milliseconds at_most) {
  using std::chrono::milliseconds;
  if (expires_ != time_point::max())
    at_most = std::min(at_most, std::clamp(std::chrono::ceil<milliseconds>(expires_ - std::chrono::system_clock::now()),
                                           milliseconds{1}, milliseconds{std::chrono::hours{1}}));
  if (!is_open())
    return;
  if (at_most == milliseconds::max())
    cancel();
  else
    where().lane.wheel().set(*this, at_most);
}

// -- in ---

bool client_session_base::has_pending_commands_left() const noexcept {
  return pending_commands_ < where().settings.max_pending_commands;
}

bool client_session_base::wants_more() const noexcept { return is_alive() && has_pending_commands_left(); }

void client_session_base::command(client_command said) {
  ++pending_commands_;
  caf::anon_send(actor_, client_said{std::move(said)});
}

void client_session_base::command_done() {
  --pending_commands_;
  if (is_alive())
    go_on();
}

void client_session_base::go_on() {
  if (wants_more())
    transport_.read_on();
}

void client_session_base::malformed(std::string_view why) {
  where().home.counters.failed_client_messages.add();
  if (log_enabled(log_level::debug))
    log(log_level::debug, "message dropped", {{"sid", std::string{sid()}}, {"reason", std::string{why}}});
}

// -- out ---

bool client_session_base::push(frames_ptr frames, std::uint64_t count) {
  if (!is_open() || !transport_.write(std::move(frames)))
    return false;
  where().home.counters.server_messages.add(count);
  return true;
}

bool client_session_base::send(std::string_view message, client_transport::content kind) {
  if (!is_alive() || !transport_.send(message, kind))
    return false;
  where().home.counters.server_messages.add();
  return true;
}

// -- end ---

void client_session_base::too_slow() {
  if (std::exchange(slow_, true) || !is_alive())
    return;
  const auto queued = transport_.queued();
  where().home.counters.slow_clients.add();
  log(log_level::info, "client too slow", {{"sid", std::string{sid()}}, {"queued_bytes", queued}});
  report(where().home.here, event_kind::slow_consumer, std::string{sid()}, std::to_string(queued) + " bytes");
  transport_.drop_unsent();
  close({close_reason::kind::disconnected, disconnect_reason::too_slow, true});
}

void client_session_base::end(std::uint16_t code, std::string_view reason, std::string_view farewell) {
  if (!is_alive())
    return;
  // A client that reads why it is sent away does not ask for its session. One that is silent or slow may not read it.
  const bool was_heard = reason != disconnect_reason::no_pong && reason != disconnect_reason::too_slow;
  gone(reason, farewell.empty() || !was_heard);
  transport_.end(code, reason, farewell);
}

void client_session_base::gone(std::string_view reason, bool may_return) {
  if (!is_alive())
    return;
  state_ = state::closed;
  cancel();
  stop_order_ = nullptr;
  log_debug("client disconnected");
  on_gone();
  if (auto actor = std::exchange(actor_, {}))
    caf::anon_send(actor, client_gone{std::string{reason}, may_return});
}

void client_session_base::log_debug(std::string_view what) const {
  if (log_enabled(log_level::debug))
    log(log_level::debug, what, {{"sid", std::string{sid()}}, {"transport", std::string{transport_.name()}}});
}

}  // namespace ability
