#include "net/fly_gateway/fly_session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "actors/node/log.hpp"
#include "net/fly_gateway/backend_pool.hpp"
#include "protocol/fly/formats.hpp"
#include "protocol/overloaded.hpp"

namespace ability {

constexpr auto binary = client_transport::content::binary;

fly_session::fly_session(client_transport& transport)
    : client_session_base{transport}, introduction_{std::make_unique<introduction>()} {}

void fly_session::start(std::shared_ptr<client_session> self) {
  self_ = self;
  client_session_base::start(std::move(self));
}

const wire_format& fly_session::format() const noexcept {
  return transport().frames() == client_transport::framing::none ? fly::packet_format(positions_)
                                                                 : fly::websocket_format(positions_);
}

// -- packets of the client ---

void fly_session::on_message(std::string_view bytes, client_transport::content kind) {
  if (kind != binary)
    end(1003, "one binary message is one packet");
  else if (!fly::whole_packet(bytes))
    end(1002, "the message is not as long as its packet says");
  else
    feed(bytes);
}

void fly_session::feed(std::string_view bytes) {
  reader_.feed(bytes, [this](const fly::packet& what) {
    take(what);
    return is_alive();
  });
}

void fly_session::take(const fly::packet& what) {
  if (!held_.empty() || must_wait())
    held_.add(what);
  else
    handle(what);
}

bool fly_session::must_wait() const noexcept {
  return (has_asked() && !is_open()) || (introduction_ != nullptr && introduction_->awaits_session) ||
         !has_pending_commands_left() || backend_.is_congested();
}

bool fly_session::wants_more() const noexcept { return is_alive() && held_.empty() && !must_wait(); }

void fly_session::go_on() {
  held_.release([this] { return is_alive() && !must_wait(); }, [this](const fly::packet& what) { handle(what); });
  client_session_base::go_on();
}

void fly_session::handle(const fly::packet& what) {
  where().home.counters.client_messages.add();
  if (what.type == fly::subtype::ping) {
    handle_ping(what);
  } else if (what.type == fly::subtype::helo) {
    handle_helo(what);
  } else if (!has_asked()) {
    held_.add(what);  // until the client is accepted
    introduce();
  } else if (what.type == fly::subtype::rpc) {
    handle_rpc(what);
  } else {
    streams_.receive(what, *this);
  }
}

void fly_session::handle_ping(const fly::packet& what) {
  const bool ping = what.has(fly::ping_option::ping);
  if (looks_legacy(what))
    malformed("the peer seems to speak the legacy profile (0xB0), which is not spoken here");
  else if (ping == what.has(fly::ping_option::pong))
    malformed("a Ping packet is either a ping or a pong");
  else if (ping)
    send_packet({.type = fly::subtype::ping,
                 .options = fly::ping_option::pong,
                 .sequence = what.sequence,
                 .buffer = what.buffer});
  else if (backend_)
    backend_.send(what);
}

void fly_session::handle_rpc(const fly::packet& what) {
  if (backend_)
    backend_.send(what);
  else if (what.has(fly::rpc_option::resp))
    malformed("a reply to no call");
  else
    send_error(what, fly::remote_error{fly::error_code::not_found, "there is no backend here"});
}

// -- handshake ---

void fly_session::handle_helo(const fly::packet& what) {
  if (what.has(fly::helo_option::resp)) {
    malformed("an answer to a Helo that was not sent");
    return;
  }
  if (transport().loses_messages() && introduction_ != nullptr && introduction_->said == what.buffer) {
    if (!introduction_->answer.empty())  // else the answer is still pending
      repeat_answer(what.sequence);
    return;
  }
  if (has_asked()) {
    send_error(what, fly::remote_error{fly::error_code::forbidden, "a Helo is the first packet of a connection"});
    return;
  }
  introduction_->sequence = what.sequence;
  if (transport().loses_messages())
    introduction_->said = what.buffer;
  auto helo = fly::decode_helo_request(what.buffer);
  if (!helo) {
    end_with({fly::error_code::bad_payload, helo.error().detail, 1002});
  } else if (!helo->role.empty() && helo->role != "client") {
    end_with({fly::error_code::forbidden, "only clients connect here", 1008});
  } else {
    introduction_->helo = std::move(*helo);
    introduction_->helo.role.clear();
    introduce();
  }
}

void fly_session::introduce() {
  introduction_->is_asked = true;
  auto known = transport().describe();
  introduction_->add_to(known, where().settings);
  ask_in(std::move(known));
}

void fly_session::on_accepted(std::string_view identity, bool restores) {
  schedule();
  positions_ = introduction_->helo.positions;
  introduction_->awaits_session = restores;
  if (where().backends == nullptr) {
    if (introduction_->sequence)
      grant({});
  } else if (!join_backend(identity)) {
    return;
  }
  go_on_soon();
}

// Not within a call from the actor, which may not know yet that the client is accepted.
void fly_session::go_on_soon() {
  boost::asio::post(where().lane.io(), [this, self = self_] {
    if (const auto alive = self.lock())
      go_on();
  });
}

// Sends the client's Helo to the backend, with the session id and the identity added.
bool fly_session::join_backend(std::string_view identity) {
  const auto buffer = introduction_->for_backend(sid(), identity);
  if (buffer.size() > fly::max_buffer) {
    end_with({fly::error_code::too_long, "the Helo is too long to be passed on", 1009});
    return false;
  }
  if (!backend_.take(where().backends->of(sid()), *this)) {
    end_with({fly::error_code::closing, "no backend can be reached", 1013});
    return false;
  }
  backend_.send({.type = fly::subtype::helo, .sequence = introduction_->sequence.value_or(0), .buffer = buffer});
  return true;
}

void fly_session::welcome(const reply::welcome& back) {
  if (back.restored == nullptr || introduction_ == nullptr)
    return;  // the answer to its Helo suffices
  introduction_->restored = streams_.restore(*back.restored);
  introduction_->awaits_session = false;
  answer_helo();
  go_on_soon();
}

void fly_session::grant(fly::helo_reply reply) {
  reply.positions = positions_;
  reply.session = sid();
  reply.max_payload = std::min(reply.max_payload, transport().max_message());
  introduction_->granted = std::move(reply);
  answer_helo();
}

// Answers once all is known that the answer tells.
void fly_session::answer_helo() {
  if (!introduction_->granted || introduction_->awaits_session)
    return;
  for (const auto alias : introduction_->make_answer(terms().max_buffer))
    streams_.abandon(alias, *this);
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

void fly_session::on_refused(refusal why, const std::vector<std::string>&) { end_with(farewell::of(why)); }

void fly_session::on_late() {
  if (has_asked()) {
    client_session_base::on_late();
    return;
  }
  note_refusal(where().home, refusal_reason::client_timeout, transport().peer_address(),
               "it said nothing within --handshake-timeout");
  end_with({fly::error_code::unauthorized, "nothing was said in time", 1008});
}

// -- out ---

stream_terms fly_session::terms() const noexcept {
  return {.positions = positions_,
          .loses_messages = transport().loses_messages(),
          .max_buffer = std::min(fly::max_buffer, transport().max_message())};
}

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

void fly_session::send_error(fly::packet about, const fly::remote_error& error) {
  const auto buffer = encode_error(error);
  about.options = fly::rpc_option::resp | fly::rpc_option::error;  // the same bits as those of a Helo
  about.buffer = buffer;
  send_packet(about);
}

void fly_session::tell(const client_reply& what) {
  std::visit(
      overloaded{[this](const reply::welcome& it) { welcome(it); },
                 [this](const reply::transmission& it) { transmit(it.text); },
                 [this](const reply::confirmed& it) { streams_.confirm(it.tag, *this); },
                 [this](const reply::rejected& it) { streams_.reject(it.tag, it.why, *this); },
                 [this](const reply::settled& it) { streams_.settle(it.tag, it.subscribed, *this); },
                 [this](const reply::beginning& it) { streams_.begin(it, *this); },
                 [](const reply::history&) {},  // `beginning` precedes it, and messages have numbers
                 [](const reply::members&) {},  // answers a question of Action Cable's alone
                 [this](const reply::dropped& it) { client_streams::drop(it.command, it.why, *this); },
                 [this](const reply::throttled& it) { client_streams::drop(it.command, "too many commands", *this); },
                 [](const reply::pong&) {}},
      what);
}

void fly_session::transmit(std::string_view text) {
  const auto fate = streams_.transmit(text, *this);
  if (fate == client_streams::delivery::too_long)
    where().home.counters.undeliverable.add();
  else if (fate == client_streams::delivery::meaningless && log_enabled(log_level::debug))
    log(log_level::debug, "transmission means nothing to a FlyRPC client", {{"sid", std::string{sid()}}});
}

void fly_session::close(const close_reason& why) { end_with(farewell::of(why)); }

void fly_session::refuse_input(std::uint16_t code, std::string_view why) {
  end_with({code == 1013 ? fly::error_code::too_many : fly::error_code::bad_payload, why, code});
}

void fly_session::end_with(const farewell& last) {
  if (!is_alive())
    return;
  send(last.packet(introduction_ != nullptr ? introduction_->sequence.value_or(0) : std::uint8_t{0}), binary);
  end(last.code, last.text);
}

// -- the backend ---

void fly_session::from_backend(std::string_view bytes, shared_frames& shared) {
  if (backend_reader_.between_packets() && shared.is_whole()) {
    push(shared.as(transport().frames()), shared.count());
    return;
  }
  backend_reader_.feed(bytes, [this](const fly::packet& what) {
    from_backend(what);
    return is_alive();
  });
}

void fly_session::from_backend(const fly::packet& what) {
  if (looks_legacy(what)) {
    malformed("the backend seems to speak the legacy profile (0xB0), which is not spoken here");
    return;
  }
  if (what.type == fly::subtype::rpc || what.type == fly::subtype::ping) {
    send_packet(what);
    return;
  }
  if (what.type != fly::subtype::helo || introduction_ == nullptr || !introduction_->sequence)
    return;  // the client did not ask for the backend's grants
  if (what.has(fly::helo_option::error)) {
    const auto error = fly::decode_error(what.buffer);
    send_error(what, error);
    end(1008, error.text);
  } else if (const auto reply = fly::decode_helo_reply(what.buffer)) {
    grant({.serializer = reply->serializer,
           .deflate = reply->deflate,
           .ack = reply->ack,
           .max_payload = reply->max_payload});
  } else {
    end_with({fly::error_code::closing, "the backend's Helo makes no sense", 1011});
  }
}

void fly_session::backend_closed(std::string_view why) {
  backend_.lost();
  end_with({fly::error_code::closing, why, 1012});
}

}  // namespace ability
