#include "net/fly_gateway/fly_session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "actors/node/log.hpp"
#include "net/fly_gateway/backend_pool.hpp"
#include "protocol/fly/formats.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/http/forwarded.hpp"
#include "protocol/overloaded.hpp"

namespace ability {

namespace {

constexpr auto binary = client_transport::content::binary;

constexpr std::string_view refused_by_application = "the application refused it";

// Adds the Helo's headers and token to those of the connection.
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

std::string fly_session::farewell(fly::error_code why, std::string_view text, std::uint8_t sequence) {
  const auto buffer = encode_error(fly::remote_error{why, std::string{text}});
  std::string bytes;
  fly::append_packet(bytes, {.type = fly::subtype::helo,
                             .options = fly::helo_option::resp | fly::helo_option::error,
                             .sequence = sequence,
                             .buffer = buffer});
  return bytes;
}

fly_session::fly_session(client_transport& transport)
    : client_session_base{transport}, introduction_{std::make_unique<introduction>()} {}

fly_session::~fly_session() {
  if (backend_ != nullptr)
    backend_->close(backend_id_);
}

void fly_session::start(std::shared_ptr<client_session> self) {
  self_ = self;
  client_session_base::start(std::move(self));
}

// -- handshake ---

void fly_session::introduce() {
  asked_ = true;
  auto known = transport().describe();
  add(known, introduction_->helo, where().settings);
  ask_in(std::move(known));
}

const wire_format& fly_session::format() const noexcept {
  return transport().frames() == client_transport::framing::none ? fly::packet_format() : fly::websocket_format();
}

void fly_session::on_accepted(std::string_view identity) {
  schedule();
  if (where().backends == nullptr) {
    if (introduction_->sequence)
      answer_helo(fly::helo_reply{});
  } else if (!join_backend(identity)) {
    return;
  }
  // Not within this call from the actor, which does not yet know that the client is accepted.
  boost::asio::post(where().lane.io(), [this, self = self_] {
    if (const auto alive = self.lock())
      go_on();
  });
}

// Sends the client's Helo to the backend, with the session id and the identity added.
bool fly_session::join_backend(std::string_view identity) {
  const auto& said = introduction_->helo;
  const auto buffer = encode_helo(fly::helo_request{.serializers = said.serializers,
                                                    .deflate = said.deflate,
                                                    .ack = said.ack,
                                                    .headers = said.headers,
                                                    .session = std::string{sid()},
                                                    .identity = std::string{identity}});
  if (buffer.size() > fly::max_buffer) {
    end_with(fly::error_code::too_long, "the Helo is too long to be passed on", 1009);
    return false;
  }
  backend_ = where().backends->of(std::string{sid()});
  const auto place = backend_ != nullptr ? backend_->open(*this) : std::nullopt;
  if (!place) {
    backend_ = nullptr;
    end_with(fly::error_code::closing, "no backend can be reached", 1013);
    return false;
  }
  backend_id_ = *place;
  forward({.type = fly::subtype::helo, .sequence = introduction_->sequence.value_or(0), .buffer = buffer});
  return true;
}

void fly_session::answer_helo(fly::helo_reply reply) {
  reply.session = sid();
  reply.max_payload = std::min(reply.max_payload, transport().max_message());
  introduction_->answer = encode_helo(reply);
  repeat_answer(*std::exchange(introduction_->sequence, {}));
  if (!transport().loses_messages())
    introduction_.reset();
}

void fly_session::repeat_answer(std::uint8_t sequence) {
  send_packet({.type = fly::subtype::helo,
               .options = fly::helo_option::resp,
               .sequence = sequence,
               .buffer = introduction_->answer});
}

void fly_session::on_refused(refusal why, const std::vector<std::string>&) {
  switch (why) {
    case refusal::unauthorized:
      end_with(fly::error_code::unauthorized, disconnect_reason::unauthorized, 1008);
      return;
    case refusal::token_expired:
      end_with(fly::error_code::unauthorized, disconnect_reason::token_expired, 1008);
      return;
    case refusal::unavailable:
      end_with(fly::error_code::closing, "try again later", 1013);
      return;
  }
}

void fly_session::on_late() {
  if (asked_) {
    client_session_base::on_late();
    return;
  }
  note_refusal(where().home, refusal_reason::client_timeout, transport().peer_address(),
               "it said nothing within --handshake-timeout");
  end_with(fly::error_code::unauthorized, "nothing was said in time", 1008);
}

// -- out ---

void fly_session::send_packet(const fly::packet& what) {
  if (what.buffer.size() > fly::max_buffer) {
    log(log_level::error, "packet too long to be sent", {{"sid", std::string{sid()}}, {"bytes", what.buffer.size()}});
    return;
  }
  thread_local std::string bytes;  // one allocation per thread, not per packet
  bytes.clear();
  append_packet(bytes, what);
  send(bytes, binary);
}

void fly_session::tell(const client_reply& what) {
  std::visit(overloaded{[](const reply::welcome&) {},  // the answer to its Helo suffices
                        [this](const reply::transmission& it) { transmit(it.text); },
                        [this](const reply::confirmed& it) { confirm(unanswered(it.tag)); },
                        [this](const reply::rejected& it) { reject(unanswered(it.tag), it.why); },
                        [this](const reply::settled& it) { settle(unanswered(it.tag), it.subscribed); },
                        [this](const reply::dropped& it) { drop(it.command, it.why); },
                        [this](const reply::throttled& it) { drop(it.command, "too many commands"); },
                        [](const reply::pong&) {}},
             what);
}

void fly_session::send_error(fly::packet about, const fly::remote_error& error) {
  const auto buffer = encode_error(error);
  about.options = fly::rpc_option::resp | fly::rpc_option::error;  // the same bits as those of a Helo
  about.buffer = buffer;
  send_packet(about);
}

void fly_session::transmit(std::string_view text) {
  auto said = fly::translate(text);
  if (const auto* confirmed = std::get_if<fly::confirmation>(&said)) {
    confirm(first_unanswered(confirmed->identifier));
  } else if (const auto* rejected = std::get_if<fly::rejection>(&said)) {
    reject_transmitted(rejected->identifier);
  } else if (const auto* message = std::get_if<fly::channel_message>(&said)) {
    const auto by = find(message->identifier);
    if (by == wanted_.end())
      return;
    if (message->data.size() <= fly::max_buffer)
      send_packet({.type = fly::subtype::mq, .command = by->alias, .buffer = message->data});
    else
      send_too_long(by->alias, message->data.size());
  } else if (log_enabled(log_level::debug)) {
    log(log_level::debug, "transmission means nothing to a FlyRPC client", {{"sid", std::string{sid()}}});
  }
}

void fly_session::send_too_long(std::uint16_t alias, std::size_t size) {
  where().home.counters.undeliverable.add();
  const auto why = fly::too_long_notice(size, fly::max_buffer);
  send_packet({.type = fly::subtype::mq, .options = fly::mq_option::reject, .command = alias, .buffer = why});
}

void fly_session::confirm(subscriptions::iterator by) {
  if (by == wanted_.end())
    return;
  send_packet(
      {.type = fly::subtype::mq, .options = fly::mq_option::confirm, .command = by->alias, .sequence = by->sequence});
  by->answered = true;
  if (by->left)
    wanted_.erase(by);
}

void fly_session::reject(subscriptions::iterator by, std::string_view why) {
  if (by == wanted_.end())
    return;
  send_packet({.type = fly::subtype::mq,
               .options = fly::mq_option::reject,
               .command = by->alias,
               .sequence = by->sequence,
               .buffer = why});
  const auto old = std::move(*by);
  wanted_.erase(by);
  // The alias is free from now on, so that the actor must not follow the old streams any longer.
  if (old.answered)
    command(
        {.type = command_type::unsubscribe, .identifier = old.identifier, .tag = fly::tag_of(old.alias, old.sequence)});
}

// The application's own words name no command: they mean the first unanswered one, as commands are answered in order,
// or revoke a confirmed subscription.
void fly_session::reject_transmitted(std::string_view identifier) {
  const auto first = first_unanswered(identifier);
  reject(first == wanted_.end() ? find(identifier) : first, refused_by_application);
}

void fly_session::settle(subscriptions::iterator by, bool subscribed) {
  if (subscribed)
    confirm(by);
  else
    reject(by, refused_by_application);
}

void fly_session::drop(const client_command& said, std::string_view why) {
  send_packet({.type = fly::subtype::mq,
               .options = fly::mq_option::reject,
               .command = fly::alias_of(said.tag),
               .sequence = fly::sequence_of(said.tag),
               .buffer = why});
}

// -- end ---

void fly_session::close(const close_reason& why) {
  switch (why.why) {
    case close_reason::kind::disconnected:
      if (why.reason == disconnect_reason::token_expired)
        end_with(fly::error_code::unauthorized, why.reason, 1008);
      else
        end_with(why.reconnect ? fly::error_code::closing : fly::error_code::forbidden, why.reason,
                 why.reason == disconnect_reason::too_slow ? 1013
                 : why.reconnect                           ? 1001
                                                           : 1000);
      return;
    case close_reason::kind::finished:
      end_with(fly::error_code::closing, "the application ended the connection", 1000);
      return;
    case close_reason::kind::abandoned:
      end_with(fly::error_code::closing, "the server failed", 1011);
      return;
  }
}

void fly_session::refuse_input(std::uint16_t code, std::string_view why) {
  end_with(code == 1013 ? fly::error_code::too_many : fly::error_code::bad_payload, why, code);
}

void fly_session::end_with(fly::error_code why, std::string_view text, std::uint16_t code) {
  if (!is_alive())
    return;
  const auto sequence = introduction_ != nullptr ? introduction_->sequence.value_or(0) : std::uint8_t{0};
  send(farewell(why, text, sequence), binary);
  end(code, text);
}

void fly_session::on_gone() {
  if (backend_ != nullptr)
    std::exchange(backend_, nullptr)->close(backend_id_);
}

}  // namespace ability
