#include "net/cluster/outbound_handshake.hpp"

#include <boost/asio/error.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/messages.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/fly/address.hpp"

namespace ability {

namespace asio = boost::asio;

outbound_handshake::outbound_handshake(const tunnel_common_ptr& common, const std::string& address,
                                       std::uint64_t attempt, cluster_actor owner)
    : handshake_session{common, std::make_shared<socket_count>(common, false)},
      address_{address},
      attempt_{attempt},
      owner_{std::move(owner)},
      connector_{common->home.io().get_executor()} {}

void outbound_handshake::start(const tunnel_common_ptr& common, const std::string& address, std::uint64_t attempt,
                               cluster_actor owner) {
  const std::shared_ptr<outbound_handshake> made{new outbound_handshake{common, address, attempt, std::move(owner)}};
  made->connect();
}

// -- connect ---

void outbound_handshake::connect() {
  const auto where = fly::parse_address("tcp://" + address_);
  if (!where || where->port == 0) {
    fail(tunnel_refusal::other, "it is not an address of the form host:port");
    return;
  }
  connector_.connect(where->host, where->port, {.loopback_only = common_->node_tls == nullptr},
                     [this, self = shared_from_this()](auto connected) {
                       if (connected)
                         secure(std::move(*connected));
                       else
                         on_unreachable(connected.error());
                     });
}

void outbound_handshake::on_unreachable(const fly::connect_failure& why) {
  using stage = fly::connect_failure::stage;
  const auto reason = why.code.message();
  if (why.at == stage::look_up)
    return fail(tunnel_refusal::other, "the host cannot be resolved: " + reason + "; check the name");
  if (why.at == stage::connect)
    return fail(
        tunnel_refusal::other,
        reason + (why.code == asio::error::connection_refused ? "; is the node running, and at that port?" : ""));
  code_ = "tls_required";
  fail(tunnel_refusal::other,
       "it is not a loopback address, so it takes TLS: give --cluster-cert, --cluster-key and --cluster-ca");
}

void outbound_handshake::secure(fly::tcp_socket socket) {
  std::unique_ptr<fly::tls_session> tls;
  if (common_->node_tls != nullptr)
    tls = std::make_unique<fly::tls_session>(*common_->node_tls, socket.native_handle(), fly::any_name);
  take(std::make_shared<fly::byte_stream>(std::move(socket), std::move(tls), count_));
  stream_->async_handshake([this, self = shared_from_this()](const std::string& error) {
    if (ended())
      return;
    if (error.empty())
      greet();
    else if (error == fly::closed_in_handshake)
      fail(tunnel_refusal::other,
           "it closed the connection in the TLS handshake; was it started without --cluster-cert, --cluster-key "
           "and --cluster-ca?");
    else
      fail(tunnel_refusal::tls_failed, error);
  });
}

// -- greet ---

void outbound_handshake::greet() {
  hello_ = {oldest_link_version, newest_link_version, common_->settings.self, make_uuid()};
  stream_->write(handshake_magic);
  say(hello_);
  read();
}

void outbound_handshake::on_bytes() {
  if (const auto next = next_handshake_message())
    on_handshake_message(*next);
  else if (!ended())
    read();
}

void outbound_handshake::on_handshake_message(const handshake_message& what) {
  const auto* first = std::get_if<challenge>(&what);
  const auto* last = std::get_if<welcome>(&what);
  if (const auto* no = std::get_if<refusal_of_node>(&what))
    on_refusal(*no);
  else if (first != nullptr && stage_ == stage::handshake_message)
    on_challenge(*first);
  else if (last == nullptr || stage_ != stage::welcoming)
    malformed("a greeting out of turn");
  else if (!constant_time_equal(last->proof, handshake_proof(common_->settings.secret, false, hello_, challenge_)))
    fail(tunnel_refusal::wrong_secret, "the other node has not proved that it knows the cluster secret");
  else
    tunnel_connection::join(become_tunnel(), std::exchange(link_, nullptr));
}

void outbound_handshake::on_challenge(const challenge& what) {
  if (what.version < oldest_link_version || what.version > newest_link_version) {
    turn_away({"wrong_version", "the other node has chosen a version of the link that was not offered"},
              tunnel_refusal::wrong_version);
    return;
  }
  challenge_ = what;
  stage_ = stage::deciding;
  caf::anon_send(std::exchange(owner_, nullptr), dial_reply{attempt_, challenge_.who, make_door()});
}

void outbound_handshake::on_refusal(const refusal_of_node& why) {
  code_ = why.code;
  fail(tunnel_refusal::other, why.message);
}

void outbound_handshake::on_proceed() {
  if (ended()) {
    caf::anon_send(link_, peer_connection_closed{failure_});
    return;
  }
  say(proof{handshake_proof(common_->settings.secret, true, hello_, challenge_)});
  stage_ = stage::welcoming;
  read();
}

// -- end ---

// Reports the failure to the cluster; it does not count as a connection refused by this node.
void outbound_handshake::on_failure(tunnel_refusal why, const std::string& detail) {
  if (code_ == "unreachable" && why != tunnel_refusal::other && why != tunnel_refusal::handshake_timeout)
    code_ = name_of(why);
  failure_ = "cannot link to " + address_ + ": ";
  if (why == tunnel_refusal::tls_failed && detail.ends_with("access denied"))
    failure_ +=
        "the nodes of this cluster speak no TLS: start all with --cluster-cert, --cluster-key and --cluster-ca, "
        "or none";
  else if (why == tunnel_refusal::tls_failed)
    failure_ += "TLS failed: " + detail + "; both nodes need certificates of the authority in --cluster-ca";
  else
    failure_ += detail;
  if (owner_)
    caf::anon_send(std::exchange(owner_, nullptr), dial_failed{attempt_, {code_, failure_}});
  else if (link_)
    caf::anon_send(std::exchange(link_, nullptr), peer_connection_closed{code_ + ": " + failure_});
}

}  // namespace ability
