// Helo at the beginning of a connection.
#include <algorithm>
#include <utility>

#include "net/fly/peer/peer.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/fly/link_proof.hpp"

namespace ability::fly {

namespace {

constexpr std::chrono::milliseconds helo_again{500};

}  // namespace

void peer::became_ready() {
  ready_ = true;
  helo_deadline_ = call_table::never;
  run_hook(engine_->on_connect);
}

void peer::receive_helo(const packet& what) {
  const bool is_answer = what.has(helo_option::resp);
  if (is_answer != (side_ == side::client) || side_ == side::link || (!is_answer && what.has(helo_option::error)))
    ++engine_->stats.ignored;
  else if (is_answer)
    welcomed(what);
  else
    welcome(what);
}

outcome<std::string> peer::authenticate(const helo_request& helo) const {
  if (side_ == side::member)
    return helo.identity;
  if (!engine_->admission.authenticate)
    return std::string{};
  try {
    return engine_->admission.authenticate(helo);
  } catch (const std::exception& why) {
    engine_->log(std::string{"authenticate threw: "} + why.what());
    return remote_error{error_code::handler_panic};
  }
}

void peer::welcome(const packet& what) {
  if (ready_) {
    // Over UDP a client repeats its Helo until it has the answer.
    if (!first_helo_.empty() && what.buffer == first_helo_)
      return write({subtype::helo, helo_option::resp, what.command, what.sequence, helo_answer_});
    return refuse(what, remote_error{error_code::bad_payload, "a Helo is said once, before all else"});
  }
  const auto helo = decode_helo_request(what.buffer);
  if (!helo)
    return refuse(what, remote_error{error_code::bad_payload, helo.error().detail});
  auto who = authenticate(*helo);
  if (!who)
    return refuse(what, who.error());
  identity_ = std::move(*who);
  const auto& options = engine_->options;
  session_ = side_ == side::member && !helo->session.empty() ? helo->session : random_id();
  how_ = choose(helo->serializers, options.serializers);
  deflate_ = helo->deflate && options.compression;
  acks_ = helo->ack && options.ack;
  helo_answer_ = encode_helo(
      helo_reply{.serializer = how_, .deflate = deflate_, .ack = acks_, .session = session_, .max_payload = limit_});
  write({subtype::helo, helo_option::resp, what.command, what.sequence, helo_answer_});
  if (helo->cookie.empty())
    helo_answer_ = {};
  else
    first_helo_ = what.buffer;
  became_ready();
}

void peer::refuse(const packet& what, const remote_error& why) {
  write({subtype::helo, helo_option::resp | helo_option::error, what.command, what.sequence, encode_error(why)});
  end(to_string(why), true);
}

void peer::write_helo() {
  if (helo_->datagrams) {
    if (helo_->helo.cookie.empty())
      helo_->helo.cookie = blank_cookie;
    helo_->again = clock::now() + helo_again;
    arm(helo_->again);
  }
  write({subtype::helo, 0, 0, 0, encode_helo(helo_->helo)});
}

void peer::welcomed(const packet& what) {
  if (!helo_) {
    // A server that ends a connection puts the reason in its last packet.
    if (ready_ && what.has(helo_option::error))
      return end(to_string(decode_error(what.buffer)), true);
    ++engine_->stats.ignored;
    return;
  }
  const auto fail = [this](remote_error why) {
    const auto who = std::move(helo_->who);
    helo_.reset();
    end(to_string(why), true);
    who->done(std::move(why));
  };
  if (what.has(helo_option::error))
    return fail(decode_error(what.buffer));
  const auto reply = decode_helo_reply(what.buffer);
  if (!reply)
    return fail(remote_error{error_code::bad_payload, reply.error().detail});
  if (!reply->cookie.empty()) {
    // A request for a cookie that was already sent is ignored: the timer repeats the Helo.
    if (helo_->datagrams && reply->cookie != helo_->helo.cookie) {
      helo_->helo.cookie = reply->cookie;
      write_helo();
    }
    return;
  }
  const auto& wanted = helo_->helo.serializers;
  if (reply->serializer != serializer::json && std::ranges::find(wanted, reply->serializer) == wanted.end())
    return fail(remote_error{error_code::bad_payload, "the server chose a serializer that was not offered"});
  how_ = reply->serializer;
  deflate_ = reply->deflate && helo_->helo.deflate;
  acks_ = reply->ack && helo_->helo.ack;
  limit_ = std::min<std::size_t>(limit_, reply->max_payload);
  session_ = reply->session;
  const auto who = std::move(helo_->who);
  helo_.reset();
  became_ready();
  who->done(payload{});
}

void peer::check_helo(time_point now) {
  if (helo_deadline_ <= now)
    return end("no Helo in time", true);
  if (!helo_)
    return;
  if (helo_->deadline <= now) {
    const auto who = std::move(helo_->who);
    helo_.reset();
    end("the Helo was not answered in time", true);
    who->done(remote_error{error_code::timeout, "the Helo was not answered in time"});
  } else if (helo_->again <= now) {
    write_helo();
  }
}

}  // namespace ability::fly
