// Handling of a FlyRPC client's packets, and of those that a backend sends to it.
#include <algorithm>
#include <utility>

#include "net/fly_gateway/fly_session.hpp"
#include "protocol/fly/compression.hpp"
#include "protocol/fly/formats.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace mq = fly::mq_option;

// -- in ---

void fly_session::on_message(std::string_view bytes, client_transport::content kind) {
  if (kind != client_transport::content::binary)
    end(1003, "one binary message is one packet");
  else if (!fly::whole_packet(bytes))
    end(1002, "the message is not as long as its packet says");
  else
    feed(bytes);
}

void fly_session::feed(std::string_view bytes) {
  reader_.feed(bytes, [this](const fly::packet& what) {
    handle_in_turn(what);
    return is_alive();
  });
}

void fly_session::take(const fly::packet& what) { handle_in_turn(what); }

void fly_session::handle_in_turn(const fly::packet& what) {
  if (!held_.empty() || must_wait())
    append_packet(held_, what);
  else
    handle(what);
}

bool fly_session::must_wait() const noexcept {
  return (asked_ && !is_open()) || !has_pending_commands_left() || (backend_ != nullptr && backend_->is_congested());
}

bool fly_session::wants_more() const noexcept { return is_alive() && held_.empty() && !must_wait(); }

void fly_session::go_on() {
  std::size_t done = 0;
  while (is_alive() && !must_wait()) {
    const auto next = fly::first_packet(std::string_view{held_}.substr(done));
    if (!next)
      break;
    done += size_of(*next);
    handle(*next);
  }
  if (done == held_.size())
    held_ = {};
  else
    held_.erase(0, done);
  client_session_base::go_on();
}

void fly_session::handle(const fly::packet& what) {
  where().home.counters.client_messages.add();
  if (what.type == fly::subtype::ping) {
    handle_ping(what);
  } else if (what.type == fly::subtype::helo) {
    handle_helo(what);
  } else if (!asked_) {
    append_packet(held_, what);  // until the client is accepted
    introduce();
  } else if (what.type == fly::subtype::rpc) {
    handle_rpc(what);
  } else {
    handle_mq(what);
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
  else if (backend_ != nullptr)
    forward(what);
}

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
  if (asked_) {
    send_error(what, fly::remote_error{fly::error_code::forbidden, "a Helo is the first packet of a connection"});
    return;
  }
  introduction_->sequence = what.sequence;
  if (transport().loses_messages())
    introduction_->said = what.buffer;
  auto helo = fly::decode_helo_request(what.buffer);
  if (!helo) {
    end_with(fly::error_code::bad_payload, helo.error().detail, 1002);
  } else if (!helo->role.empty() && helo->role != "client") {
    end_with(fly::error_code::forbidden, "only clients connect here", 1008);
  } else {
    introduction_->helo = std::move(*helo);
    introduction_->helo.role.clear();
    introduce();
  }
}

void fly_session::handle_rpc(const fly::packet& what) {
  if (backend_ != nullptr)
    forward(what);
  else if (what.has(fly::rpc_option::resp))
    malformed("a reply to no call");
  else
    send_error(what, fly::remote_error{fly::error_code::not_found, "there is no backend here"});
}

void fly_session::handle_mq(const fly::packet& what) {
  switch (what.options & (mq::subscribe | mq::unsubscribe | mq::confirm | mq::reject)) {
    case mq::subscribe:
      subscribe(what);
      return;
    case mq::unsubscribe:
      unsubscribe(what);
      return;
    case 0:
      publish(what);
      return;
    default:
      malformed("an MQ packet with options that clients do not send together");
  }
}

void fly_session::subscribe(const fly::packet& what) {
  const client_command about{.tag = fly::tag_of(what.command, what.sequence)};
  auto identifier = fly::identifier_of(what.buffer);
  if (!identifier) {
    drop(about, identifier.error().detail);
  } else if (find(what.command) != wanted_.end()) {
    drop(about, "the alias " + std::to_string(what.command) + " is in use");
  } else if (const auto other = find(*identifier); other != wanted_.end()) {
    drop(about, "already subscribed as alias " + std::to_string(other->alias));
  } else {
    wanted_.push_back({.alias = what.command, .sequence = what.sequence, .identifier = *identifier});
    command({.type = command_type::subscribe,
             .identifier = std::move(*identifier),
             .tag = fly::tag_of(what.command, what.sequence)});
  }
}

void fly_session::unsubscribe(const fly::packet& what) {
  const auto old = find(what.command);
  if (old == wanted_.end()) {
    malformed("unknown alias");
    return;
  }
  auto identifier = old->identifier;
  if (old->answered)
    wanted_.erase(old);
  else
    old->left = true;
  command({.type = command_type::unsubscribe,
           .identifier = std::move(identifier),
           .tag = fly::tag_of(what.command, what.sequence)});
}

void fly_session::publish(const fly::packet& what) {
  client_command said{.type = command_type::whisper, .tag = fly::tag_of(what.command, what.sequence)};
  const auto to = find(what.command);
  if (to == wanted_.end()) {
    if (what.command != 0 || !what.buffer.empty())  // else perhaps zeros of a peer that is out of step
      drop(said, "not subscribed");
    malformed("a message to an unknown alias");
    return;
  }
  said.identifier = to->identifier;
  const auto content = what.has(mq::compressed) ? text_content::plain : content_of(what.buffer);
  said.data_is_json = content == text_content::json;
  const auto why = what.has(mq::compressed)                                  ? "compression was not agreed"
                   : content == text_content::nested_too_deep                ? text_too_deep
                   : content == text_content::plain && !is_utf8(what.buffer) ? "a message is UTF-8"
                                                                             : std::string_view{};
  if (!why.empty()) {
    drop(said, why);
    malformed(why);
    return;
  }
  said.data = what.buffer;
  command(std::move(said));
}

fly_session::subscriptions::iterator fly_session::find(std::uint16_t alias) {
  return std::ranges::find_if(wanted_, [&](const auto& each) { return !each.left && each.alias == alias; });
}

fly_session::subscriptions::iterator fly_session::find(std::string_view identifier) {
  return std::ranges::find_if(wanted_, [&](const auto& each) { return !each.left && each.identifier == identifier; });
}

fly_session::subscriptions::iterator fly_session::unanswered(std::uint32_t tag) {
  return std::ranges::find_if(
      wanted_, [&](const auto& each) { return !each.answered && fly::tag_of(each.alias, each.sequence) == tag; });
}

fly_session::subscriptions::iterator fly_session::first_unanswered(std::string_view identifier) {
  return std::ranges::find_if(wanted_,
                              [&](const auto& each) { return !each.answered && each.identifier == identifier; });
}

// -- the backend ---

void fly_session::forward(const fly::packet& what) {
  thread_local std::string bytes;  // one allocation per thread, not per packet
  bytes.clear();
  append_packet(bytes, what);
  backend_->send(backend_id_, bytes);
}

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
    answer_helo({.serializer = reply->serializer,
                 .deflate = reply->deflate,
                 .ack = reply->ack,
                 .max_payload = reply->max_payload});
  } else {
    end_with(fly::error_code::closing, "the backend's Helo makes no sense", 1011);
  }
}

void fly_session::backend_closed(std::string_view why) {
  backend_ = nullptr;
  end_with(fly::error_code::closing, why, 1012);
}

}  // namespace ability
