#include "net/fly/peer/handshake.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/auth/secret.hpp"
#include "protocol/fly/link_proof.hpp"

namespace ability::fly {

namespace {

constexpr std::chrono::milliseconds repeat_after{500};  // over UDP

}  // namespace

void handshake::say(pending_helo helo) {
  helo_ = std::move(helo);
  write_helo();
}

void handshake::write_helo() {
  if (helo_->datagrams) {
    if (helo_->helo.cookie.empty())
      helo_->helo.cookie = blank_cookie;
    // Otherwise the Helo of another client that had this address shortly before may be the same, byte for byte.
    if (helo_->helo.nonce.empty())
      helo_->helo.nonce = random_id();
    helo_->again = call_table::clock::now() + repeat_after;
  }
  out_.write({subtype::helo, 0, 0, 0, encode_helo(helo_->helo)});
}

waiter_ptr handshake::forget() {
  auto who = helo_ ? std::move(helo_->who) : nullptr;
  helo_.reset();
  return who;
}

handshake::step handshake::receive(const packet& what) {
  const bool is_answer = what.has(helo_option::resp);
  if (is_answer != (side_ == side::client) || side_ == side::link || (!is_answer && what.has(helo_option::error)))
    return {.ignored = true};
  return is_answer ? answered(what) : answer(what);
}

// -- a server's ---

outcome<std::string> handshake::authenticate(const helo_request& helo) const {
  if (side_ == side::member)
    return helo.identity;
  if (!engine_.admission.authenticate)
    return std::string{};
  try {
    return engine_.admission.authenticate(helo);
  } catch (const std::exception& why) {
    engine_.log(std::string{"authenticate threw: "} + why.what());
    return remote_error{error_code::handler_panic};
  }
}

handshake::step handshake::answer(const packet& what) {
  if (is_over_) {
    // Over UDP a client repeats its Helo until it has the answer.
    if (first_helo_.empty() || what.buffer != first_helo_)
      return refuse(what, remote_error{error_code::bad_payload, "a Helo is said once, before all else"});
    out_.write({subtype::helo, helo_option::resp, what.command, what.sequence, first_answer_});
    return {};
  }
  const auto helo = decode_helo_request(what.buffer);
  if (!helo)
    return refuse(what, remote_error{error_code::bad_payload, helo.error().detail});
  auto who = authenticate(*helo);
  if (!who)
    return refuse(what, who.error());
  const auto& options = engine_.options;
  terms agreed{.how = choose(helo->serializers, options.serializers),
               .deflate = helo->deflate && options.compression,
               .acks = helo->ack && options.ack,
               .limit = terms_.limit,
               .identity = std::move(*who),
               .session = side_ == side::member && !helo->session.empty() ? helo->session : random_id()};
  auto text = encode_helo(helo_reply{.serializer = agreed.how,
                                     .deflate = agreed.deflate,
                                     .ack = agreed.acks,
                                     .session = agreed.session,
                                     .max_payload = agreed.limit});
  out_.write({subtype::helo, helo_option::resp, what.command, what.sequence, text});
  if (!helo->cookie.empty()) {
    first_helo_ = what.buffer;
    first_answer_ = std::move(text);
  }
  return {.agreed = std::move(agreed)};
}

handshake::step handshake::refuse(const packet& what, const remote_error& why) {
  out_.write({subtype::helo, helo_option::resp | helo_option::error, what.command, what.sequence, encode_error(why)});
  return {.ended = to_string(why)};
}

// -- a client's ---

handshake::step handshake::failed(remote_error why) {
  return {.ended = to_string(why), .who = forget(), .result = std::move(why)};
}

handshake::step handshake::answered(const packet& what) {
  if (!helo_) {
    // A server that ends a connection puts the reason in its last packet.
    if (is_over_ && what.has(helo_option::error))
      return {.ended = to_string(decode_error(what.buffer))};
    return {.ignored = true};
  }
  if (what.has(helo_option::error))
    return failed(decode_error(what.buffer));
  auto reply = decode_helo_reply(what.buffer);
  if (!reply)
    return failed(remote_error{error_code::bad_payload, reply.error().detail});
  if (!reply->cookie.empty()) {
    // A request for a cookie that was already sent is ignored: the timer repeats the Helo.
    if (helo_->datagrams && reply->cookie != helo_->helo.cookie) {
      helo_->helo.cookie = reply->cookie;
      write_helo();
    }
    return {};
  }
  const auto& asked = helo_->helo;
  if (reply->serializer != serializer::json &&
      std::ranges::find(asked.serializers, reply->serializer) == asked.serializers.end())
    return failed(remote_error{error_code::bad_payload, "the server chose a serializer that was not offered"});
  terms agreed{.how = reply->serializer,
               .deflate = reply->deflate && asked.deflate,
               .acks = reply->ack && asked.ack,
               .positions = reply->positions && asked.positions,
               .loses_packets = helo_->datagrams,
               .limit = std::min<std::size_t>(terms_.limit, reply->max_payload),
               .session = std::move(reply->session)};
  return {.agreed = std::move(agreed), .who = forget()};
}

// -- time limits ---

handshake::step handshake::check(time_point now) {
  if (deadline_ <= now)
    return {.ended = "no Helo in time"};
  if (!helo_)
    return {};
  if (helo_->deadline <= now) {
    constexpr auto why = "the Helo was not answered in time";
    return {.ended = why, .who = forget(), .result = remote_error{error_code::timeout, why}};
  }
  if (helo_->again <= now)
    write_helo();
  return {};
}

handshake::time_point handshake::earliest() const noexcept {
  return helo_ ? std::min({deadline_, helo_->deadline, helo_->again}) : deadline_;
}

}  // namespace ability::fly
