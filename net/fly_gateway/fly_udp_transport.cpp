#include "net/fly_gateway/fly_udp_transport.hpp"

#include <utility>

#include "protocol/fly/helo.hpp"
#include "protocol/fly/positions.hpp"
#include "protocol/fly/remote_error.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/text/host_port.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

void fly_udp_transport::start(lane_context& where, fly::transport_ptr peer,
                              const std::shared_ptr<const std::string>& url) {
  if (const auto why = why_no_room(where, false); !why.empty()) {
    note_refusal(where.home, reason_of_no_room(where), peer->peer(), why);
    peer->send(farewell{.text = why}.packet());
    peer->close();
    return;
  }
  auto session = std::make_shared<fly_udp_transport>(where, std::move(peer), url);
  auto& client = session->client_;
  client.start(std::shared_ptr<client_session>{session, &client});
  session->peer_->start({.on_packet =
                             [session](const fly::packet& what) {
                               session->context_.home.counters.bytes_received.add(size_of(what));
                               session->client_.take(what);
                               if (session->client_.is_alive() && !session->client_.wants_more())
                                 session->peer_->pause();
                             },
                         .on_closed = [session](const std::string&) { session->client_.gone(); }});
}

fly_udp_transport::fly_udp_transport(lane_context& where, fly::transport_ptr peer,
                                     std::shared_ptr<const std::string> url)
    : client_transport{where}, peer_{std::move(peer)}, url_{std::move(url)}, client_{*this} {}

std::string fly_udp_transport::peer_address() const {
  const auto peer = peer_->peer();
  const auto parts = split_host_port(peer);
  return std::string{parts ? parts->host : ""};
}

client_handshake fly_udp_transport::describe() {
  return {.url = *url_, .headers = {{"REMOTE_ADDR", peer_address()}}, .token = {}};
}

bool fly_udp_transport::send(std::string_view message, content) {
  write_packets(message);
  return true;
}

bool fly_udp_transport::write(frames_ptr frames) {
  write_packets(*frames);
  return true;
}

void fly_udp_transport::write_packets(std::string_view rest) {
  while (const auto next = fly::first_packet(rest)) {
    rest.remove_prefix(size_of(*next));
    if (next->buffer.size() > peer_->max_buffer())
      send_instead(*next);
    else
      send_packet(*next);
  }
}

void fly_udp_transport::send_packet(const fly::packet& what) {
  std::string bytes;
  append_packet(bytes, what);
  context_.home.counters.bytes_sent.add(bytes.size());
  peer_->send(bytes);
}

// Replaces a packet that does not fit into a datagram by a notice of its size.
void fly_udp_transport::send_instead(const fly::packet& what) {
  const auto lead = what.type == fly::subtype::mq && client_.has_positions() ? fly::position_size : 0;
  const auto why = fly::too_long_notice(what.buffer.size() - lead, peer_->max_buffer() - lead);
  auto instead = what;
  std::string buffer = why;
  if (what.type == fly::subtype::mq) {
    context_.home.counters.undeliverable.add();
    instead.options = fly::mq_option::reject;
    buffer.insert(0, what.buffer.substr(0, lead));
  } else if (what.type == fly::subtype::rpc && what.has(fly::rpc_option::resp)) {
    instead.options = fly::rpc_option::resp | fly::rpc_option::error;
    buffer = encode_error(fly::remote_error{fly::error_code::too_long, why});
  } else if (what.type == fly::subtype::helo && what.has(fly::helo_option::error)) {
    // A refusal must arrive, or the client repeats its Helo for ever: its text is cut.
    auto error = fly::decode_error(what.buffer);
    const auto code_size = encode_error(fly::remote_error{}).size();
    error.text = std::string{utf8_prefix(error.text, peer_->max_buffer() - code_size)};
    buffer = encode_error(error);
  } else {
    context_.home.counters.undeliverable.add();
    return;
  }
  instead.buffer = buffer;
  send_packet(instead);
}

void fly_udp_transport::end(std::uint16_t, std::string_view reason, std::string_view) { peer_->close(reason); }

}  // namespace ability
