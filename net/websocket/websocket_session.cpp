#include "net/websocket/websocket_session.hpp"

#include <algorithm>
#include <boost/beast/websocket.hpp>
#include <caf/send.hpp>
#include <optional>
#include <random>
#include <utility>

#include "actors/connection/connection.hpp"
#include "actors/messages.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/prefetch.hpp"
#include "net/http/response.hpp"
#include "net/websocket/deflate_offer.hpp"
#include "net/websocket/websocket_frames.hpp"
#include "net/websocket/websocket_reader.hpp"
#include "protocol/action_cable/messages.hpp"
#include "protocol/auth/secret.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

namespace {

constexpr std::chrono::milliseconds first_word_within{3'000};  // of a client that was let in

}  // namespace

void websocket_session::start(edge& where, outlet::pointer socket, upgrade_request request, std::string subprotocol,
                              std::string unread) {
  auto session = std::make_shared<websocket_session>(where, std::move(socket));
  session->handshake_ =
      std::make_unique<handshake>(*session, std::move(request), std::move(subprotocol), std::move(unread));
  if (session->handshake_->subprotocol == fly::subprotocol) {
    session->begin_fly();
    return;
  }
  where.stoppables.push_back(*session->handshake_);
  session->pings_ = ping_habit_of(where.settings, session->handshake_->request, session->handshake_->subprotocol);
  session->sid_ = random_id();
  session->actor_ = spawn_connection(where.home, session, session->sid_);
  where.lane.wheel().set(*session, where.settings.handshake_timeout);
  caf::anon_send(session->actor_, start_handshake{std::make_shared<const client_handshake>(
                                      describe_handshake(where, *session->outlet_, session->handshake_->request))});
}

websocket_session::websocket_session(edge& where, outlet::pointer socket) : edge_{where}, outlet_{std::move(socket)} {
  edge_.shared.connections.fetch_add(1, std::memory_order_relaxed);
  outlet_->count_sent(edge_.home.counters.bytes_sent);
}

websocket_session::~websocket_session() {
  if (state_ != state::closed)
    outlet_->close();
  edge_.shared.connections.fetch_sub(1, std::memory_order_relaxed);
}

// -- handshake ---

encoding websocket_session::accept(std::string_view) {
  if (state_ != state::handshaking || !upgrade())
    return encoding::action_cable_json;
  begin_to_read();
  if (pings_.pongs == pong_duty::always)
    expect_pongs();
  schedule(true);
  handshake_.reset();
  log_debug("client connected");
  return deflate_ ? encoding::action_cable_json_deflated : encoding::action_cable_json;
}

void websocket_session::refuse(refusal why, const std::vector<std::string>& farewells) {
  if (state_ != state::handshaking)
    return;
  const bool unauthorized = why != refusal::unavailable;
  if (edge_.settings.reject_by == rejection::http) {
    outlet_->copy_in(to_text(unauthorized
                                 ? plain_answer(http::status::unauthorized, "unauthorized\n", false)
                                 : plain_answer(http::status::service_unavailable, "try again later\n", false)));
    end(edge_.settings.close_timeout);
  } else if (upgrade()) {
    const auto reason =
        why == refusal::token_expired ? disconnect_reason::token_expired : disconnect_reason::unauthorized;
    for (const auto& each : farewells)
      push_text(each);
    if (unauthorized)
      close(farewells.empty() ? disconnect_message(reason, false) : std::string{}, 1000, reason);
    else
      close({}, 1011, "try again later");
  }
}

void websocket_session::begin_to_read() {
  if (auto unread = std::move(handshake_->unread); unread.empty()) {
    // Most clients subscribe at once, and making another reader costs as much as the handshake did.
    unheard_ = fly_ == nullptr;
    if (!unheard_)
      reader_.reset();
    wait_for_client();
  } else {
    reader_->stream.next_layer().put_back(std::move(unread));
    read();
  }
}

// Makes the reader, and with it the answer to the request.
bool websocket_session::upgrade() {
  std::string agreed;
  auto& stream = make_reader().stream;
  stream.set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
    response.set(http::field::server, "abilityd");
    if (!handshake_->subprotocol.empty())
      response.set(http::field::sec_websocket_protocol, handshake_->subprotocol);
    agreed = std::string{response[http::field::sec_websocket_extensions]};
  }));
  auto& request = handshake_->request;
  if (const auto it = request.find(http::field::sec_websocket_extensions); it != request.end())
    request.set(http::field::sec_websocket_extensions, usable_deflate_offer(std::string{it->value()}));
  boost::system::error_code error;
  stream.accept(request, error);
  if (error) {  // Beast has answered what is wrong with the request
    end(edge_.settings.close_timeout);
    return false;
  }
  stream.set_option(websocket::stream_base::decorator([](websocket::response_type&) {}));
  // A client that wants a smaller window cannot read what was compressed for all; it gets plain frames, which is legal.
  deflate_ = agreed.find("server_no_context_takeover") != std::string::npos &&
             agreed.find("server_max_window_bits") == std::string::npos;
  inflate_ = !agreed.empty();
  state_ = state::open;
  return true;
}

// -- out ---

// Beast closes its stream before it writes a close frame, behind which nothing may follow.
bool websocket_session::is_open() const {
  return state_ == state::open && (reader_ == nullptr || reader_->stream.is_open());
}

bool websocket_session::push(frames_ptr frames, std::uint64_t count) {
  if (!queue(std::move(frames)))
    return false;
  edge_.home.counters.server_messages.add(count);
  return true;
}

bool websocket_session::queue(frames_ptr frames) {
  if (!is_open())
    return false;
  if (outlet_->push(std::move(frames)))
    return true;
  if (outlet_->closing())
    end({});
  else
    too_slow();
  return false;
}

void websocket_session::prefetch_parts() const noexcept { prefetch(outlet_.get(), outlet::hot_bytes); }

void websocket_session::push_text(std::string_view payload) {
  if (pings_.pongs != pong_duty::if_welcomed) {
    push(text_frame(payload), 1);
    return;
  }
  std::string text{payload};
  if (add_pong_extension(text)) {
    pings_.pongs = pong_duty::always;
    expect_pongs();
    schedule(true);
  }
  push(text_frame(text), 1);
}

void websocket_session::on_timer() {
  rest();
  if (state_ == state::handshaking) {
    note_refusal(edge_.home, refusal_reason::client_timeout, outlet_->peer_address(),
                 "nobody has let it in within --handshake-timeout");
    refuse(refusal::unavailable, {});
  } else if (std::chrono::system_clock::now() >= expires_) {
    disconnect(disconnect_reason::token_expired, edge_.settings.expired_may_return);
  } else if (pongs_ != nullptr) {
    watch_pongs();
  } else if (pings_.interval.count() == 0 || push(ping_frame(pings_.unit), 1)) {
    schedule(false);
  }
}

void websocket_session::watch_pongs() {
  const auto now = pong_watch::clock::now();
  if (pongs_->is_overdue(now)) {
    if (!paused_) {
      edge_.home.counters.silent_clients.add();
      log(log_level::info, "client did not answer a ping", {{"sid", sid_}});
      disconnect(disconnect_reason::no_pong, true);
      return;
    }
    pongs_->start_again(now);  // nothing was read meanwhile
  }
  if (pongs_->is_ping_due(now)) {
    if (!push(ping_frame(pings_.unit), 1))
      return;
    pongs_->pinged(now, pings_.interval);
  }
  schedule(false);
}

void websocket_session::expire_at(std::chrono::system_clock::time_point when) {
  expires_ = when;
  if (state_ == state::open)
    schedule(false);
}

void websocket_session::expect_pongs() { pongs_ = std::make_unique<pong_watch>(edge_.settings.pong_timeout); }

// The next ping, or what comes before it: the end of the time for the answer to one, or of all the client's time.
void websocket_session::schedule(bool first) {
  std::optional<std::chrono::milliseconds> left;
  const auto at_most = [&](std::chrono::milliseconds delay) { left = std::min(left.value_or(delay), delay); };
  if (expires_ != std::chrono::system_clock::time_point::max())
    at_most(std::clamp(std::chrono::ceil<std::chrono::milliseconds>(expires_ - std::chrono::system_clock::now()),
                       std::chrono::milliseconds{1}, std::chrono::milliseconds{std::chrono::hours{1}}));
  if (const std::chrono::milliseconds interval = pings_.interval; interval.count() > 0) {
    thread_local std::minstd_rand spread{std::random_device{}()};
    const auto delay = first ? std::chrono::milliseconds{std::uniform_int_distribution<std::chrono::milliseconds::rep>{
                                   interval.count() / 2, interval.count() * 3 / 2}(spread)}
                             : interval;
    if (pongs_ != nullptr && first)
      pongs_->start(pong_watch::clock::now(), delay);
    at_most(pongs_ != nullptr ? pongs_->until_due(pong_watch::clock::now()) : delay);
  } else if (unheard_) {
    at_most(first_word_within);
  }
  if (left)
    edge_.lane.wheel().set(*this, *left);
  else
    cancel();
}

// -- end ---

void websocket_session::too_slow() {
  if (std::exchange(slow_, true))
    return;
  edge_.home.counters.slow_clients.add();
  log(log_level::info, "client too slow", {{"sid", sid_}, {"queued_bytes", outlet_->queued()}});
  report(edge_.home.here, event_kind::slow_consumer, sid_, std::to_string(outlet_->queued()) + " bytes");
  outlet_->drop_unsent();
  if (fly_ != nullptr)
    fly_->disconnect(disconnect_reason::too_slow, true);
  else
    close(disconnect_message(disconnect_reason::too_slow, true), 1013, disconnect_reason::too_slow);
}

void websocket_session::close(std::string_view farewell, std::uint16_t code, std::string_view reason) {
  if (state_ == state::handshaking && handshake_ != nullptr)
    refuse(refusal::unavailable, {});
  if (is_open()) {
    if (!farewell.empty())
      outlet_->copy_in(*text_frame(farewell));
    outlet_->copy_in(close_frame(code, reason));
  }
  if (state_ == state::open)
    end(edge_.settings.close_timeout, reason);
}

void websocket_session::log_debug(std::string_view what) const {
  if (log_enabled(log_level::debug))
    log(log_level::debug, what, {{"sid", sid_}});
}

// Nothing more is taken from the client; what is queued may leave within `patience`.
void websocket_session::end(std::chrono::milliseconds patience, std::string_view reason) {
  state_ = state::closed;
  log_debug("client disconnected");
  cancel();
  if (patience.count() > 0)
    outlet_->begin_drain(patience);
  else
    outlet_->close();
  if (fly_ != nullptr)
    fly_->gone(reason);
  if (auto actor = std::exchange(actor_, {}))
    caf::anon_send(actor, client_gone{std::string{reason}});
  // Beast may be on the stack.
  boost::asio::post(edge_.lane.io(), [self = shared_from_this()] {
    self->reader_.reset();
    self->handshake_.reset();
  });
}

}  // namespace ability
