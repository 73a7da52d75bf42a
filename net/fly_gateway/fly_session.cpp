#include "net/fly_gateway/fly_session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/connection/connection.hpp"
#include "actors/messages.hpp"
#include "actors/node/log.hpp"
#include "net/fly_gateway/backend_pool.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/http/forwarded.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

namespace {

frames_ptr framed(encoding how, const fly::packet& what) {
  auto frame = std::make_shared<std::string>();
  if (how == encoding::fly_websocket)
    append_frame_header(*frame, opcode::binary, fly::size_of(what));
  append_packet(*frame, what);
  return frame;
}

// What a Helo says of the client, on top of what its connection does.
void add(client_handshake& known, const fly::helo_request& helo, const edge_settings& settings) {
  for (const auto& name : settings.forwarded_headers)
    if (const auto said = helo.headers.find(name); said != helo.headers.end())
      known.headers.insert_or_assign(
          name, name == "cookie" ? keep_cookies(said->second, settings.forwarded_cookies) : said->second);
  if (helo.token.empty())
    return;
  if (settings.token_param.empty()) {
    known.headers.insert_or_assign("authorization", "Bearer " + helo.token);
    return;
  }
  known.token = helo.token;
  known.headers.insert_or_assign("x-" + settings.token_param, helo.token);
}

}  // namespace

std::string fly_client::farewell(fly::error_code why, std::string_view text, std::uint8_t sequence) {
  const auto buffer = encode_error(fly::remote_error{why, std::string{text}});
  std::string bytes;
  fly::append_packet(bytes, {.type = fly::subtype::helo,
                             .options = fly::helo_option::resp | fly::helo_option::error,
                             .sequence = sequence,
                             .buffer = buffer});
  return bytes;
}

fly_client::fly_client(edge& where, fly_wire& wire)
    : edge_{where}, wire_{wire}, introduction_{std::make_unique<introduction>()}, sid_{random_id()} {
  edge_.stoppables.push_back(*this);
}

fly_client::~fly_client() {
  if (backend_ != nullptr)
    backend_->close(backend_id_);
}

void fly_client::start(std::shared_ptr<outbox> self) {
  self_ = self;
  actor_ = spawn_connection(edge_.home, std::move(self), sid_);
  edge_.lane.wheel().set(*this, edge_.settings.handshake_timeout);
}

// -- handshake ---

void fly_client::ask_in() {
  state_ = state::asking;
  auto known = wire_.describe();
  add(known, introduction_->helo, edge_.settings);
  caf::anon_send(actor_, start_handshake{std::make_shared<const client_handshake>(std::move(known))});
}

encoding fly_client::accept(std::string_view identity) {
  if (state_ != state::asking)
    return wire_.takes();
  state_ = state::open;
  cancel();
  schedule();
  if (log_enabled(log_level::debug))
    log(log_level::debug, "client connected", {{"sid", sid_}, {"protocol", "flyrpc"}});
  if (edge_.backends == nullptr) {
    if (introduction_->sequence)
      answer_helo(fly::helo_reply{});
  } else {
    // What the client said of itself goes along; who it is is said by us.
    const auto& said = introduction_->helo;
    const auto buffer = encode_helo(fly::helo_request{.serializers = said.serializers,
                                                      .deflate = said.deflate,
                                                      .ack = said.ack,
                                                      .headers = said.headers,
                                                      .session = sid_,
                                                      .identity = std::string{identity}});
    if (buffer.size() > fly::max_buffer) {
      end(fly::error_code::too_long, "the Helo is too long to be passed on", 1009);
      return wire_.takes();
    }
    backend_ = edge_.backends->of(sid_);
    const auto place = backend_ != nullptr ? backend_->open(*this) : std::nullopt;
    if (!place) {
      backend_ = nullptr;
      end(fly::error_code::closing, "no backend can be reached", 1013);
      return wire_.takes();
    }
    backend_id_ = *place;
    forward({.type = fly::subtype::helo, .sequence = introduction_->sequence.value_or(0), .buffer = buffer});
  }
  // Not from within the actor, which is yet to learn that it is in.
  boost::asio::post(edge_.lane.io(), [this, self = self_] {
    if (const auto alive = self.lock())
      go_on();
  });
  return wire_.takes();
}

void fly_client::answer_helo(fly::helo_reply reply) {
  reply.session = sid_;
  reply.max_payload = std::min(reply.max_payload, wire_.max_payload());
  introduction_->answer = encode_helo(reply);
  repeat_answer(*std::exchange(introduction_->sequence, {}));
  if (!wire_.loses_packets())
    introduction_.reset();
}

void fly_client::repeat_answer(std::uint8_t sequence) {
  send({.type = fly::subtype::helo,
        .options = fly::helo_option::resp,
        .sequence = sequence,
        .buffer = introduction_->answer});
}

void fly_client::refuse(refusal why, const std::vector<std::string>&) {
  if (state_ != state::silent && state_ != state::asking)
    return;
  switch (why) {
    case refusal::unauthorized:
      end(fly::error_code::unauthorized, disconnect_reason::unauthorized, 1008);
      return;
    case refusal::token_expired:
      end(fly::error_code::unauthorized, disconnect_reason::token_expired, 1008);
      return;
    case refusal::unavailable:
      end(fly::error_code::closing, "try again later", 1013);
      return;
  }
}

void fly_client::on_timer() {
  if (state_ == state::silent || state_ == state::asking)
    refuse_late();
  else if (std::chrono::system_clock::now() >= expires_)
    end(fly::error_code::unauthorized, disconnect_reason::token_expired, 1008);
  else
    schedule();
}

void fly_client::refuse_late() {
  const bool silent = state_ == state::silent;
  note_refusal(
      edge_.home, refusal_reason::client_timeout, wire_.traffic().peer,
      silent ? "it said nothing within --handshake-timeout" : "nobody has let it in within --handshake-timeout");
  if (silent)
    end(fly::error_code::unauthorized, "nothing was said in time", 1008);
  else
    refuse(refusal::unavailable, {});
}

void fly_client::expire_at(std::chrono::system_clock::time_point when) {
  expires_ = when;
  schedule();
}

void fly_client::schedule() {
  if (state_ == state::open && expires_ != std::chrono::system_clock::time_point::max())
    edge_.lane.wheel().set(
        *this, std::clamp(std::chrono::ceil<std::chrono::milliseconds>(expires_ - std::chrono::system_clock::now()),
                          std::chrono::milliseconds{1}, std::chrono::milliseconds{std::chrono::hours{1}}));
}

void fly_client::stop() {
  if (state_ == state::silent || state_ == state::asking)
    refuse(refusal::unavailable, {});
}

// -- out ---

bool fly_client::push(frames_ptr frames, std::uint64_t count) {
  if (state_ != state::open || !wire_.write(std::move(frames), count))
    return false;
  edge_.home.counters.server_messages.add(count);
  return true;
}

void fly_client::send(const fly::packet& what) {
  if (what.buffer.size() > fly::max_buffer)
    log(log_level::error, "packet too long to be sent", {{"sid", sid_}, {"bytes", what.buffer.size()}});
  else if (is_alive() && wire_.write(framed(wire_.takes(), what), 1))
    edge_.home.counters.server_messages.add();
}

void fly_client::send_error(fly::packet about, const fly::remote_error& error) {
  const auto buffer = encode_error(error);
  about.options = fly::rpc_option::resp | fly::rpc_option::error;  // and those of a Helo
  about.buffer = buffer;
  send(about);
}

void fly_client::transmit(std::string_view text) {
  auto said = fly::translate(text);
  if (const auto* confirmed = std::get_if<fly::confirmation>(&said)) {
    confirm(confirmed->identifier);
  } else if (const auto* rejected = std::get_if<fly::rejection>(&said)) {
    reject(rejected->identifier, "the application refused it");
  } else if (const auto* message = std::get_if<fly::channel_message>(&said)) {
    const auto by = find(message->identifier);
    if (by == wanted_.end())
      return;
    if (message->data.size() <= fly::max_buffer)
      send({.type = fly::subtype::mq, .command = by->alias, .buffer = message->data});
    else
      send_too_long(by->alias, message->data.size());
  } else if (log_enabled(log_level::debug)) {
    log(log_level::debug, "transmission means nothing to a FlyRPC client", {{"sid", sid_}});
  }
}

void fly_client::send_too_long(std::uint16_t alias, std::size_t size) {
  edge_.home.counters.undeliverable.add();
  const auto why = fly::too_long_notice(size, fly::max_buffer);
  send({.type = fly::subtype::mq, .options = fly::mq_option::reject, .command = alias, .buffer = why});
}

// Commands are answered in their order, so of equal identifiers the first that waits is meant.
void fly_client::confirm(const std::string& identifier) {
  const auto by = first_unanswered(identifier);
  if (by == wanted_.end())
    return;
  send({.type = fly::subtype::mq, .options = fly::mq_option::confirm, .command = by->alias, .sequence = by->sequence});
  by->answered = true;
  if (by->left)
    wanted_.erase(by);
}

void fly_client::reject(const std::string& identifier, std::string_view why) {
  auto by = first_unanswered(identifier);
  if (by == wanted_.end())
    by = find(identifier);  // the application takes back what it had confirmed
  if (by == wanted_.end())
    return;
  send({.type = fly::subtype::mq,
        .options = fly::mq_option::reject,
        .command = by->alias,
        .sequence = by->sequence,
        .buffer = why});
  wanted_.erase(by);
}

void fly_client::settle(const std::string& identifier, bool subscribed) {
  if (first_unanswered(identifier) == wanted_.end())
    return;
  if (subscribed)
    confirm(identifier);
  else
    reject(identifier, "the application refused it");
}

void fly_client::drop(const client_command& said, std::string_view why) {
  send({.type = fly::subtype::mq,
        .options = fly::mq_option::reject,
        .command = said.alias,
        .sequence = said.sequence,
        .buffer = why});
}

void fly_client::slow_down(const client_command& said) { drop(said, "too many commands"); }

// -- end ---

void fly_client::disconnect(std::string_view reason, bool reconnect) {
  const std::uint16_t code = reason == disconnect_reason::too_slow ? 1013 : reconnect ? 1001 : 1000;
  end(reconnect ? fly::error_code::closing : fly::error_code::forbidden, reason, code);
}

void fly_client::finish() { end(fly::error_code::closing, "the application ended the connection", 1000); }

void fly_client::abandon() { end(fly::error_code::closing, "the server failed", 1011); }

void fly_client::end(fly::error_code why, std::string_view text, std::uint16_t code) {
  if (!is_alive())
    return;
  const auto sequence = introduction_ != nullptr ? introduction_->sequence.value_or(0) : std::uint8_t{0};
  const auto bytes = farewell(why, text, sequence);
  send(*fly::whole_packet(bytes));
  close(code, text);
}

void fly_client::close(std::uint16_t code, std::string_view reason) {
  if (!is_alive())
    return;
  gone(reason);
  wire_.end(code, reason);
}

void fly_client::gone(std::string_view reason) {
  if (!is_alive())
    return;
  state_ = state::closed;
  cancel();
  stoppable::unlink();
  if (log_enabled(log_level::debug))
    log(log_level::debug, "client disconnected", {{"sid", sid_}, {"protocol", "flyrpc"}});
  if (backend_ != nullptr)
    std::exchange(backend_, nullptr)->close(backend_id_);
  if (auto actor = std::exchange(actor_, {}))
    caf::anon_send(actor, client_gone{std::string{reason}});
}

}  // namespace ability
