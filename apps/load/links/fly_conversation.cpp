#include "apps/load/links/fly_conversation.hpp"

#include <algorithm>
#include <utility>

#include "protocol/auth/secret.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/link_proof.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability::load {

namespace {

constexpr std::int64_t helo_again_ns = 500'000'000;
constexpr std::chrono::milliseconds dial_patience{30'000};

fly::address address_of(const endpoint& to) {
  fly::address out{.host = to.host, .port = to.port};
  if (to.scheme == "udp")
    out.carrier = fly::carrier::udp;
  else if (to.scheme == "tls")
    out.carrier = fly::carrier::tls;
  else if (to.scheme == "ws")
    out.carrier = fly::carrier::ws;
  else if (to.scheme == "wss")
    out.carrier = fly::carrier::wss;
  // Use the resolved address, unless the host name is needed later.
  if (out.carrier == fly::carrier::tcp || out.carrier == fly::carrier::udp)
    out.host = to.addresses.front().to_string();
  if (out.carrier == fly::carrier::ws || out.carrier == fly::carrier::wss)
    out.path = to.path;
  return out;
}

std::string lowered(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && (text.size() < 2 || text[1] >= 'a'))
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

// Short reason from a sentence of the library.
std::string short_reason_of(std::string_view sentence, std::string_view url) {
  if (const auto at = sentence.find(url); at != std::string_view::npos)
    sentence.remove_prefix(std::min(at + url.size() + 2, sentence.size()));
  sentence = sentence.substr(0, sentence.find(';'));
  const auto has = [sentence](std::string_view what) { return sentence.find(what) != std::string_view::npos; };
  if (has("onnection refused"))
    return "connection refused";
  if (has("onnection reset") || has("roken pipe"))
    return "connection reset";
  if (has(" took longer than "))
    return "timed out";
  if (sentence.empty())
    return "connection closed";
  if (constexpr std::string_view answered = "the server answered "; sentence.starts_with(answered))
    return "HTTP " + std::string{sentence.substr(answered.size(), 3)};
  if (sentence.starts_with("the WebSocket handshake failed"))
    return "not a WebSocket answer";
  if (sentence.starts_with("the server does not agree to the subprotocol"))
    return "another subprotocol";
  if (constexpr std::string_view tls = "the TLS handshake failed"; sentence.starts_with(tls))
    return "TLS" + std::string{sentence.substr(tls.size())};
  return lowered(short_reason(to_utf8(sentence)));
}

}  // namespace

void fly_conversation::connect(const endpoint& to) {
  close();
  const auto where = address_of(to);
  url_ = to_string(where);
  datagrams_ = where.carrier == fly::carrier::udp;
  limit_ = parts_.timers.call_at(monotonic_ns() + patience_ns, [this] { fail("timed out"); });
  fly::dial_options how{.timeout = dial_patience, .ca_file = parts_.where->given.ca_file};
  how.tls = parts_.where->tls;
  dialing_ = fly::async_dial(parts_.io.get_executor(), where, std::move(how),
                             [this](fly::dial_result result) { dialed(std::move(result)); });
}

void fly_conversation::dialed(fly::dial_result result) {
  const auto attempt = std::move(dialing_);
  if (!result)
    return fail(short_reason_of(result.error(), url_));
  transport_ = std::move(*result);
  transport_->start({[this](const fly::packet& what) { take(what); },
                     [this](const std::string& why) {
                       transport_ = nullptr;
                       fail(short_reason_of(why, url_));
                     }});
  if (paused_)
    transport_->pause();
  cookie_ = datagrams_ ? std::string{fly::blank_cookie} : std::string{};
  nonce_ = datagrams_ ? random_id() : std::string{};
  say_helo();
}

void fly_conversation::say_helo() {
  fly::helo_request helo{
      .positions = positions_, .token = parts_.where->given.token, .nonce = nonce_, .cookie = cookie_};
  for (const auto& [name, value] : parts_.where->given.headers) {
    auto lower = name;
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    helo.headers.insert_or_assign(std::move(lower), value);
  }
  const auto buffer = fly::encode_helo(helo);
  std::string bytes;
  fly::append_packet(bytes,
                     {.type = fly::subtype::helo, .buffer = std::string_view{buffer}.substr(0, fly::max_buffer)});
  transport_->send(bytes);
  if (datagrams_)
    again_ = parts_.timers.call_at(monotonic_ns() + helo_again_ns, [this] { say_helo(); });
}

void fly_conversation::take(const fly::packet& what) {
  if (what.type == fly::subtype::helo) {
    take_helo(what);
  } else if (what.type == fly::subtype::ping && what.has(fly::ping_option::ping)) {
    std::string bytes;
    fly::append_packet(bytes, {.type = fly::subtype::ping,
                               .options = fly::ping_option::pong,
                               .command = what.command,
                               .sequence = what.sequence,
                               .buffer = what.buffer});
    if (transport_->queued() < fly::max_packet)
      transport_->send(bytes);
  } else if (open_ && (what.type == fly::subtype::mq || what.type == fly::subtype::ping)) {
    user_.on_packet(what);
  }
}

void fly_conversation::take_helo(const fly::packet& what) {
  if (!what.has(fly::helo_option::resp))
    return;
  if (what.has(fly::helo_option::error)) {
    const auto error = fly::decode_error(what.buffer);
    return fail("disconnect: " + short_reason(error.text.empty() ? fly::name_of(error.code) : error.text));
  }
  if (open_)
    return;
  const auto reply = fly::decode_helo_reply(what.buffer);
  if (!reply)
    return fail("garbage: an answer to the Helo that makes no sense");
  if (!reply->cookie.empty()) {
    if (datagrams_ && reply->cookie != cookie_) {
      cookie_ = reply->cookie;
      say_helo();
    }
    return;
  }
  if (positions_ && !reply->positions)
    return fail("no positions");
  limit_ = nullptr;
  again_ = nullptr;
  open_ = true;
  user_.on_open();
}

void fly_conversation::send(const fly::packet& what) {
  if (!open_)
    return;
  std::string bytes;
  fly::append_packet(bytes, what);
  transport_->send(bytes);
}

void fly_conversation::pause() {
  paused_ = true;
  if (transport_ != nullptr)
    transport_->pause();
}

void fly_conversation::resume() {
  paused_ = false;
  if (transport_ != nullptr)
    transport_->resume();
}

void fly_conversation::close() {
  open_ = false;
  dialing_ = nullptr;
  limit_ = nullptr;
  again_ = nullptr;
  if (const auto over = std::exchange(transport_, nullptr))
    over->close();
}

void fly_conversation::fail(const std::string& why) {
  close();
  user_.on_broken(why);
}

}  // namespace ability::load
