#include "actors/connection/connection.hpp"

#include <algorithm>
#include <caf/delegated.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/auth/messages.hpp"
#include "actors/connection/history_exchange.hpp"
#include "actors/connection/presence_commands.hpp"
#include "actors/connection/registration.hpp"
#include "actors/connection/resumption.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/prefetch.hpp"
#include "actors/sessions/sessions.hpp"

namespace ability {

namespace {

// Bytes of a client session that sending touches; prefetched ahead of use.
constexpr std::size_t session_bytes = 128;

// Time limit of a fetch of keys; longer than an attempt takes.
constexpr std::chrono::seconds patience{10};

std::string_view peer_of(const text_map& headers) {
  const auto found = headers.find("REMOTE_ADDR");
  return found == headers.end() ? std::string_view{"-"} : std::string_view{found->second};
}

}  // namespace

connection_state::~connection_state() {
  if (client_.session != nullptr)
    client_.session->close({});
  end_waiting();
  // An actor destroyed for lack of references is in no record, and must not create references to itself.
  if (client_.self->ctrl()->strong_refs == 0)
    return;
  auto& home = *client_.home;
  if (!client_.is_admitted()) {
    caf::anon_send(home.registry, connection_refused{});
    return;
  }
  end_session(client_);
  if (client_.phase == connection_phase::open)
    report(home.here, event_kind::disconnected, client_.sid, "failed");
  presence_commands::end(client_);
  client_.subscriptions.leave_all(client_.self, home.here);
  home.counters.connections_closed.add();
  caf::anon_send(home.registry,
                 connection_closed{connection_actor{client_.self}, client_.identity_hash(), client_.sid});
}

void connection_state::start(lane_home& home, std::shared_ptr<client_session> session, std::string sid) {
  client_.home = &home;
  client_.session = std::move(session);
  client_.sid = std::move(sid);
}

connection_actor::behavior_type connection_state::make_behavior() {
  return {
      // First, as CAF tries the handlers in this order. "Delegated" tells CAF that there is no response to prepare.
      [this](const deliver& delivery) -> caf::delegated<void> {
        hand_out(delivery.frames);
        return {};
      },
      [this](const start_handshake& order) { authenticate(order.request); },
      [this](client_said& said) { commands_.take(std::move(said.command)); },
      [this](const client_gone& why) {
        if (!why.may_return)
          client_.forfeit_session();
        leave(why.reason);
      },
      [this](const history_lost& news) { tell_history_lost(client_, *news.stream); },
      [this](const disconnect_client& why) { say_goodbye(why); },
      [this](const surrender_session& order) { surrender(order); },
      [this](follow_awaited) { commands_.follow_awaited(); },
      [this](session_changed) { tell_changes(client_); },
      [this](const describe_connection& question) { return describe(question.with_subscriptions); },
  };
}

void connection_state::prefetch_parts() const noexcept { prefetch(client_.session.get(), session_bytes); }

void connection_state::prefetch_parts_of_parts() const noexcept { client_.session->prefetch_parts(); }

// -- handshake ---

void connection_state::authenticate(const handshake_ptr& request) {
  if (client_.phase != connection_phase::created)
    return;
  const auto& here = client_.home->here;
  const auto& settings = client_.home->settings;
  const admission_granted by_origin{.identity = {}, .credential = {.who = request->origin}};
  if (here.app_server)
    client_.application.begin(*request);
  if (settings.tokens != nullptr && (!request->token.empty() || settings.token_required)) {
    if (here.token_source && lacks_key(request->token, *settings.tokens))
      ask_for_keys(request);
    else
      judge(request, *settings.tokens);
  } else if (settings.public_access && !settings.token_required) {
    come_in(*request, by_origin, [this] { welcome({public_identity(client_.sid)}); });
  } else if (here.app_server && !settings.token_required) {
    come_in(*request, by_origin, [this] { ask_application(); });
  } else {
    refuse({refusal::unauthorized, refusal_reason::client_unauthorized,
            "nothing lets it in: see --rpc-host, --jwt-secret, --noauth and --public"},
           request->headers);
  }
}

// Keys may have changed at their source.
void connection_state::ask_for_keys(const handshake_ptr& request) {
  const auto answered = [this, request](const token_keys_found* found) {
    const bool is_gone = end_waiting();
    const bool has_keys = found != nullptr && found->keys != nullptr;
    if (is_gone)
      client_.self->quit();
    else if (!has_keys || (!found->certain && lacks_key(request->token, *found->keys)))
      refuse({refusal::unavailable, refusal_reason::client_unavailable,
              "no keys of tokens could be fetched so far: see --jwt-jwks"},
             request->headers);
    else
      judge(request, *found->keys);
  };
  begin_waiting();
  client_.self->request(client_.home->here.token_source, patience, find_token_key{})
      .then([answered](const token_keys_found& found) { answered(&found); },
            [answered](const caf::error&) { answered(nullptr); });
}

void connection_state::judge(const handshake_ptr& request, const token_keys& keys) {
  auto verdict = judge_token(*request, keys, client_.home->here.wall_clock(), client_.home->settings.token_leeway);
  if (const auto* granted = std::get_if<admission_granted>(&verdict)) {
    come_in(*request, *granted, [this, granted = *granted] { welcome(granted); });
    return;
  }
  count_refusal(*client_.home, refusal_reason::client_token);
  refuse(std::get<admission_denied>(verdict), request->headers);
}

// A client with a right to the session that it asks for gets it; others come in `anew`. `proof`: without an identity if
// the client has no token.
void connection_state::come_in(const client_handshake& request, const admission_granted& proof,
                               std::function<void()> anew) {
  const auto& sid = request.earlier_sid;
  const bool is_kept = request.keeps_sessions && keeps_sessions(client_.home->settings);
  auto credential = proof.credential;
  credential.cookies = request.bound_cookies;
  credential.protocol = request.protocol;
  if (is_kept)
    client_.resumable = std::make_unique<resumable_session>(resumable_session{credential});
  if (!is_kept || sid.empty()) {
    anew();
  } else if (!is_session_id(sid)) {
    note_refusal(client_, sid, session_refusal::malformed);
    anew();
  } else {
    ask_for_session({sid, std::move(credential), proof.identity}, proof.expires, std::move(anew));
  }
}

void connection_state::ask_for_session(const session_claim& claim, client_session::time_point expires,
                                       std::function<void()> anew) {
  const auto answered = [this, sid = claim.sid, expires, anew = std::move(anew)](const session_taken& answer) {
    const bool is_gone = end_waiting();
    if (answer.session == nullptr)
      note_refusal(client_, sid, answer.why);
    else if (is_gone)
      give_back(client_, answer.session);
    else
      restore_session(client_, commands_, answer.session, expires);
    if (is_gone)
      client_.self->quit();
    else if (answer.session == nullptr)
      anew();
  };
  begin_waiting();
  client_.self->request(client_.home->here.sessions_of(claim.sid), caf::infinite, take_session{claim})
      .then([answered](const session_taken& answer) { answered(answer); },
            [answered](const caf::error&) { answered({}); });
}

void connection_state::ask_application() {
  begin_waiting();
  client_.application.ask(client_.self, client_.home->here.app_server, client_.application.connect(client_.sid),
                          client_.self->clock().now(), [this](rpc_outcome& outcome) { handle_connect(outcome); });
}

void connection_state::handle_connect(rpc_outcome& outcome) {
  const bool is_gone = end_waiting();
  auto verdict = judge_answer(outcome, client_.sid);
  auto* granted = std::get_if<admission_granted>(&verdict);
  if (granted != nullptr)
    client_.application.merge(std::get<rpc_reply>(outcome));
  if (is_gone) {
    if (granted != nullptr)
      tell_application(client_, granted->identity);
    client_.self->quit();
  } else if (granted != nullptr) {
    client_.admit(std::move(*granted));
    begin_session(
        [this, welcome = std::move(std::get<rpc_reply>(outcome).transmissions)] { client_.transmit(welcome); });
  } else {
    refuse(std::get<admission_denied>(verdict), client_.application.headers());
  }
}

// Other nodes know of the session before the client does, so that its end is told in any case.
void connection_state::begin_session(std::function<void()> greet) {
  if (!can_be_registered(client_)) {
    note_change(client_);
    greet();
    return;
  }
  commands_.hold();
  register_session_of(client_, {}, [this, greet = std::move(greet)](bool) {
    if (client_.phase == connection_phase::open)
      greet();
    else
      commands_.drop_waiting();
    commands_.go_on();
  });
}

void connection_state::begin_waiting() {
  client_.phase = connection_phase::authenticating;
  client_.home->counters.entering.add();
}

// Ends the wait for another actor, if there is one. True: the client has left meanwhile.
bool connection_state::end_waiting() {
  const bool is_gone = client_.phase == connection_phase::withdrawn;
  if (!is_gone && client_.phase != connection_phase::authenticating)
    return false;
  client_.phase = connection_phase::created;
  client_.home->counters.entering.sub();
  return is_gone;
}

void connection_state::welcome(admission_granted granted) {
  client_.admit(std::move(granted));
  begin_session([this] { client_.session->tell(reply::welcome{client_.sid}); });
}

void connection_state::refuse(const admission_denied& denied, const text_map& headers) {
  note_refusal(*client_.home, denied.reason, peer_of(headers), denied.detail);
  client_.home->counters.failed_auths.add();
  client_.session->refuse(denied.why, denied.farewells);
  client_.self->quit();
}

// -- delivery ---

void connection_state::hand_out(const batch_ptr& frames) {
  frames->claim();
  if (!client_.subscriptions.is_addressed_by(*frames)) {
    client_.home->counters.dropped_closed.add(frames->count);
    return;
  }
  client_.send(*frames);
}

// -- end ---

void connection_state::say_goodbye(const disconnect_client& why) {
  if (!why.identity.empty() && why.identity != client_.identity)
    return;
  const bool may_move = why.reconnect && why.reason == disconnect_reason::server_restart;
  if (!may_move || client_.phase != connection_phase::open) {
    send_away(why);
    return;
  }
  hand_off(
      client_,
      [this] {
        if (client_.phase != connection_phase::open)
          return;
        client_.session->close({close_reason::kind::moved});
        leave(disconnect_reason::server_restart);
      },
      [this, why] { send_away(why); });
}

void connection_state::send_away(const disconnect_client& why) {
  client_.forfeit_session();
  client_.session->close({close_reason::kind::disconnected, why.reason, why.reconnect});
  commands_.drop_waiting();
  leave(why.reason);
}

// A connection that is being admitted waits for the answer, as the application may have to be told of the end.
void connection_state::leave(std::string_view reason) {
  client_.leave(reason);
  if (client_.phase == connection_phase::withdrawn)
    client_.application.withdraw();
  else if (client_.is_admitted())
    commands_.finish();
  else
    client_.self->quit();
}

// The client is back on another connection: this one's socket is of no use to it.
void connection_state::surrender(const surrender_session& order) {
  const auto outcome = answer_claim(client_, order.claim);
  caf::anon_send(order.to, session_searched{order.claim.sid, order.search, outcome});
  if (outcome != session_search::surrendered || client_.phase != connection_phase::open)
    return;
  client_.session->close({close_reason::kind::replaced});
  leave("replaced");
}

connection_facts connection_state::describe(bool with_subscriptions) const {
  auto session = client_.session->describe();
  connection_facts facts{.sid = client_.sid,
                         .identity = client_.identity,
                         .transport = std::string{session.transport},
                         .age = client_.self->clock().now() - client_.since,
                         .traffic = std::move(session.traffic)};
  client_.subscriptions.describe(facts, with_subscriptions);
  return facts;
}

connection_actor spawn_connection(lane_home& home, std::shared_ptr<client_session> client, std::string sid) {
  return spawn_on<connection_actor, connection_state>(home.here.system, home.runs_on, home, std::move(client),
                                                      std::move(sid));
}

}  // namespace ability
