#include "net/cluster/inbound_handshake.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/messages.hpp"
#include "net/fly/transport/packets.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/basp/basp_filter.hpp"

namespace ability {

namespace {

constexpr char basp_client_handshake = 1;  // first byte of a CAF program's handshake
constexpr char tls_handshake = 0x16;       // first byte of a TLS handshake

// TLS alert "access denied", sent to a node with TLS by one without. If the connection just closed, the other node
// could not distinguish it from a node that stops.
constexpr std::string_view tls_alert{"\x15\x03\x03\x00\x02\x02\x31", 7};

std::string versions(std::uint16_t oldest, std::uint16_t newest) {
  return oldest == newest ? std::to_string(oldest) : std::to_string(oldest) + " to " + std::to_string(newest);
}

}  // namespace

inbound_handshake::inbound_handshake(const tunnel_common_ptr& common, bool for_nodes)
    : handshake_session{common, std::make_shared<socket_count>(common, true)},
      for_nodes_{for_nodes},
      socket_{common->home.io().get_executor()} {}

void inbound_handshake::start(const tunnel_common_ptr& common, fly::tcp_socket socket, bool for_nodes) {
  const std::shared_ptr<inbound_handshake> made{new inbound_handshake{common, for_nodes}};
  made->begin(std::move(socket));
}

void inbound_handshake::begin(fly::tcp_socket socket) {
  socket_ = std::move(socket);
  boost::system::error_code gone;
  peer_ = fly::text_of(socket_.remote_endpoint(gone));
  count_->when_crowded_out([weak = weak_from_this()] {
    if (const auto self = weak.lock())
      std::static_pointer_cast<inbound_handshake>(self)->crowd_out();
  });
  const auto& context = for_nodes_ ? common_->node_tls : common_->program_tls;
  if (context == nullptr || !for_nodes_)
    return secure(context.get());
  socket_.async_wait(boost::asio::socket_base::wait_read,
                     [this, self = shared_from_this(), context](boost::system::error_code) {
                       if (ended())
                         return;
                       if (is_plain_node())
                         tell_plain_node();
                       else
                         secure(context.get());
                     });
}

// True if the first byte received is that of a node without TLS. It gets a reason: a close alone would tell it nothing.
bool inbound_handshake::is_plain_node() {
  char first = 0;
  return ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first == handshake_magic.front();
}

void inbound_handshake::tell_plain_node() {
  take(std::make_shared<fly::byte_stream>(std::move(socket_), nullptr, count_));
  turn_away(
      {"tls_required", "the nodes of this cluster speak TLS: give --cluster-cert, --cluster-key and --cluster-ca"},
      tunnel_refusal::tls_failed);
}

void inbound_handshake::secure(const fly::tls_context* context) {
  std::unique_ptr<fly::tls_session> tls;
  if (context != nullptr)
    tls = std::make_unique<fly::tls_session>(*context, socket_.native_handle());
  take(std::make_shared<fly::byte_stream>(std::move(socket_), std::move(tls), count_));
  stream_->async_handshake([this, self = shared_from_this()](const std::string& error) {
    if (ended())
      return;
    if (error.empty())
      read();
    else
      fail(tunnel_refusal::tls_failed, error);
  });
}

void inbound_handshake::crowd_out() {
  fail(tunnel_refusal::crowded_out, "too many connections are in their handshake, and this is the oldest");
}

void inbound_handshake::on_end() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void inbound_handshake::on_failure(tunnel_refusal why, const std::string& detail) {
  if (!common_->closed)
    common_->refuse(why, peer_, detail);
}

// -- recognition ---

void inbound_handshake::on_bytes() {
  if (stage_ == stage::beginning && !recognize())
    return;
  if (const auto next = next_handshake_message())
    on_handshake_message(*next);
  else if (!ended())
    read();
}

// True once the beginning of a node's handshake was received and removed; its first message follows.
bool inbound_handshake::recognize() {
  const bool program = received_.front() == basp_client_handshake;
  if (program && common_->make_monitor_session && (!for_nodes_ || !common_->settings.monitor)) {
    recognize_program();
    return false;
  }
  if (!for_nodes_) {
    fail(tunnel_refusal::malformed, "no monitoring program begins like this");
    return false;
  }
  const auto size = std::min(received_.size(), handshake_magic.size());
  if (received_.front() == tls_handshake) {
    stream_->write(tls_alert);
    fail(tunnel_refusal::tls_failed, "it speaks TLS, and this node has no --cluster-cert");
    return false;
  }
  if (received_.compare(0, size, handshake_magic.substr(0, size)) != 0) {
    fail(tunnel_refusal::malformed,
         program ? "a monitoring program at the address for nodes" : "no node begins like this");
    return false;
  }
  if (size < handshake_magic.size()) {
    read();
    return false;
  }
  received_.erase(0, size);
  stage_ = stage::handshake_message;
  return true;
}

// Checks for a complete handshake first, so that CAF keeps state only for programs that have sent one.
void inbound_handshake::recognize_program() {
  basp_filter probe{basp_filter::side::accepted, basp_node_id{}, 0};
  std::string nowhere;
  const auto handshake = std::string_view{received_}.substr(0, basp_header_size + std::tuple_size_v<basp_node_id>);
  if (const auto taken = probe.take_inbound(handshake, nowhere); !taken)
    fail(tunnel_refusal::malformed, taken.error().detail);
  else if (probe.introduced())
    tunnel_connection::attach_program(become_tunnel());
  else
    read();
}

// -- a node ---

void inbound_handshake::on_handshake_message(const handshake_message& what) {
  if (std::holds_alternative<refusal_of_node>(what))
    return end();
  const auto* first = std::get_if<hello>(&what);
  const auto* second = std::get_if<proof>(&what);
  if (first != nullptr && stage_ == stage::handshake_message)
    on_hello(*first);
  else if (second != nullptr && stage_ == stage::proving)
    on_proof(*second);
  else
    malformed("a greeting out of turn");
}

void inbound_handshake::on_hello(const hello& what) {
  if (what.newest < oldest_link_version || what.oldest > newest_link_version) {
    turn_away({"wrong_version", "this node speaks version " + versions(oldest_link_version, newest_link_version) +
                                    " of the link between nodes, the other one " + versions(what.oldest, what.newest) +
                                    ": upgrade the older one"},
              tunnel_refusal::wrong_version);
    return;
  }
  hello_ = what;
  challenge_ = {std::min(what.newest, newest_link_version), common_->settings.self, make_uuid()};
  say(challenge_);
  stage_ = stage::proving;
  on_bytes();
}

void inbound_handshake::on_proof(const proof& what) {
  if (!constant_time_equal(what.proof, handshake_proof(common_->settings.secret, true, hello_, challenge_))) {
    turn_away({"wrong_secret", "the cluster secrets differ: --cluster-secret must be the same at all nodes"},
              tunnel_refusal::wrong_secret);
    return;
  }
  count_->proved();
  stage_ = stage::deciding;
  if (common_->owner)
    caf::anon_send(common_->owner, join_request{hello_.who, make_door()});
  else
    turn_away({"stopping", "the node is about to stop"}, std::nullopt);
}

void inbound_handshake::on_proceed() {
  if (ended()) {
    caf::anon_send(link_, peer_connection_closed{"the connection ended during its handshake"});
    return;
  }
  say(welcome{handshake_proof(common_->settings.secret, false, hello_, challenge_)});
  tunnel_connection::let_in(become_tunnel(), std::exchange(link_, nullptr));
}

}  // namespace ability
