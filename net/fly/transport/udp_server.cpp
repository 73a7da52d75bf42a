#include "net/fly/transport/udp_server.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "net/fly/transport/packets.hpp"
#include "net/fly/transport/udp_peer.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/link_proof.hpp"

namespace ability::fly {

udp_server::udp_server(const executor& on, address where, listen_options options,
                       std::function<void(transport_ptr)> on_accept)
    : socket_{on},
      sweep_{on},
      where_{std::move(where)},
      options_{std::move(options)},
      on_accept_{std::move(on_accept)},
      secret_{random_id()} {
  options_.udp_buffer = std::min(options_.udp_buffer, max_udp_buffer);
}

boost::system::error_code udp_server::open(const endpoint& where) {
  boost::system::error_code error;
  socket_.open(where.protocol(), error);
  if (!error)
    socket_.bind(where, error);
  if (!error)
    socket_.non_blocking(true, error);
  if (error)
    return error;
  where_.port = socket_.local_endpoint(error).port();
  wait();
  return error;
}

void udp_server::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  sweep_.cancel();
  // Posted: events are not called from within this function, and one of them may be running.
  boost::asio::post(get_executor(), [self = shared_from_this()] {
    self->on_accept_ = nullptr;
    for (const auto& [where, each] : std::exchange(self->peers_, {}))
      each->end("the server has closed");
  });
}

void udp_server::send(std::string_view datagram, const endpoint& to) {
  boost::system::error_code ignored;
  if (socket_.is_open())
    socket_.send_to(boost::asio::buffer(datagram.data(), datagram.size()), to, 0, ignored);
}

// -- in ---

void udp_server::wait() {
  socket_.async_wait(boost::asio::socket_base::wait_read,
                     [self = shared_from_this()](boost::system::error_code) { self->read(); });
}

void udp_server::read() {
  const auto buffer = datagram_buffer();
  endpoint from;
  for (int i = 0; socket_.is_open() && i < datagrams_per_turn; ++i) {
    boost::system::error_code error;
    const auto got = socket_.receive_from(boost::asio::buffer(buffer.data(), buffer.size()), from, 0, error);
    if (error)
      break;
    on_datagram({buffer.data(), got}, from);
  }
  if (socket_.is_open())
    wait();
}

void udp_server::on_datagram(std::string_view bytes, const endpoint& from) {
  const auto found = whole_packet(bytes, options_.profile);
  if (!found || found->buffer.size() > options_.udp_buffer) {
    ++counters_.dropped_malformed;
  } else if (const auto known = peers_.find(from); known != peers_.end() && !is_new_handshake(*found, *known->second)) {
    const auto peer = known->second;  // keeps the peer alive if it is closed meanwhile
    peer->take(*found);
  } else {
    on_stranger(*found, bytes, from);
  }
}

// True for the Helo with a cookie of a restarted client at the address of an existing peer.
bool udp_server::is_new_handshake(const packet& what, const udp_peer& known) {
  if (what.type != subtype::helo || what.has(helo_option::resp | helo_option::error) || known.began_with(what.buffer))
    return false;
  const auto request = decode_helo_request(what.buffer);
  return request && !request->cookie.empty();
}

// Unproved addresses may be forged: never amplify, or an attacker could flood a victim with our replies.
void udp_server::on_stranger(const packet& what, std::string_view bytes, const endpoint& from) {
  if (what.type == subtype::helo && !what.has(helo_option::resp | helo_option::error)) {
    on_helo(what, bytes, from);
  } else if (what.type == subtype::ping && what.options == ping_option::ping) {
    std::string pong;
    append_packet(pong, {subtype::ping, ping_option::pong, what.command, what.sequence, what.buffer});
    send(pong, from);
  } else {
    ++counters_.dropped_unproved;
  }
}

void udp_server::on_helo(const packet& helo, std::string_view bytes, const endpoint& from) {
  const auto request = decode_helo_request(helo.buffer);
  const auto now = std::chrono::system_clock::now();
  if (const auto made = request ? check_cookie(request->cookie, secret_, text_of(from), now) : std::nullopt) {
    welcome(helo, {request->cookie, *made, now}, bytes, from);
    return;
  }
  const auto reply = encode_cookie_reply(make_cookie(secret_, text_of(from), now));
  if (!request || reply.size() > helo.buffer.size()) {
    ++counters_.dropped_unproved;
    return;
  }
  std::string answer;
  append_packet(answer, {subtype::helo, helo_option::resp, helo.command, helo.sequence, reply});
  send(answer, from);
  ++counters_.cookies_sent;
}

void udp_server::welcome(const packet& helo, const proof& by, std::string_view bytes, const endpoint& from) {
  if (const auto known = peers_.find(from); known != peers_.end()) {
    const auto before = known->second;  // keeps it alive if it is closed meanwhile
    if (before->take_again(helo, by))
      return;
    peers_.erase(known);
    before->end("another client came from its address");
  }
  if (peers_.size() >= options_.max_connections || !on_accept_) {
    ++counters_.refused;
    return;
  }
  const auto peer = std::make_shared<udp_peer>(shared_from_this(), from, bytes, by);
  peers_.emplace(from, peer);
  ++counters_.accepted;
  if (peers_.size() == 1)
    sweep_later();
  on_accept_(peer);
}

// -- idle peers ---

void udp_server::sweep_later() {
  sweep_.expires_after(std::max(options_.udp_idle / 4, std::chrono::milliseconds{1}));
  sweep_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error)
      self->sweep();
  });
}

void udp_server::sweep() {
  const auto since = std::chrono::steady_clock::now() - options_.udp_idle;
  std::vector<std::shared_ptr<udp_peer>> gone;
  std::erase_if(peers_, [&](const auto& each) {
    if (each.second->last_heard() > since)
      return false;
    gone.push_back(each.second);
    return true;
  });
  for (const auto& each : gone)
    each->end("idle");
  if (!peers_.empty() && socket_.is_open())
    sweep_later();
}

}  // namespace ability::fly
