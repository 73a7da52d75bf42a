#include "net/cluster/outbound_handshake.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <utility>
#include <vector>

#include "actors/cluster/messages.hpp"
#include "protocol/auth/secret.hpp"

namespace ability {

namespace asio = boost::asio;

using boost::system::error_code;

dialled_session::dialled_session(const tunnel_common_ptr& common, const std::string& address, std::uint64_t attempt,
                                 cluster_actor owner)
    : greeting_session{common, std::make_shared<socket_count>(common, false)},
      address_{address},
      attempt_{attempt},
      owner_{std::move(owner)},
      resolver_{common->home.io().get_executor()},
      socket_{common->home.io().get_executor()} {}

void dialled_session::start(const tunnel_common_ptr& common, const std::string& address, std::uint64_t attempt,
                            cluster_actor owner) {
  const std::shared_ptr<dialled_session> made{new dialled_session{common, address, attempt, std::move(owner)}};
  made->resolve();
}

// -- connect ---

void dialled_session::resolve() {
  const auto parsed = fly::parse_address("tcp://" + address_);
  if (!parsed || parsed->port == 0) {
    fail(tunnel_refusal::other, "it is not an address of the form host:port");
    return;
  }
  where_ = *parsed;
  // Do not resolve an IP address: the resolver would occupy a thread.
  error_code is_name;
  const auto port = std::to_string(where_.port);
  if (const auto literal = asio::ip::make_address(where_.host, is_name); !is_name) {
    connect(resolver_type::results_type::create(asio::ip::tcp::endpoint{literal, where_.port}, where_.host, port));
    return;
  }
  resolver_.async_resolve(where_.host, port, [this, self = shared_from_this()](error_code error, const auto& found) {
    if (ended())
      return;
    if (error)
      fail(tunnel_refusal::other, "the host cannot be resolved: " + error.message() + "; check the name");
    else
      connect(found);
  });
}

void dialled_session::connect(const resolver_type::results_type& found) {
  std::vector<asio::ip::tcp::endpoint> places;
  for (const auto& each : found) {
    if (common_->node_tls != nullptr || each.endpoint().address().is_loopback())
      places.push_back(each.endpoint());
  }
  if (places.empty()) {
    code_ = "tls_required";
    fail(tunnel_refusal::other,
         "it is not a loopback address, so it takes TLS: give --cluster-cert, --cluster-key and --cluster-ca");
    return;
  }
  asio::async_connect(socket_, places, [this, self = shared_from_this()](error_code error, const auto&) {
    if (ended())
      return;
    if (error)
      fail(tunnel_refusal::other,
           error.message() +
               (error == asio::error::connection_refused ? "; is the node running, and at that port?" : ""));
    else
      secure();
  });
}

void dialled_session::secure() {
  std::unique_ptr<fly::tls_session> tls;
  if (common_->node_tls != nullptr)
    tls = std::make_unique<fly::tls_session>(*common_->node_tls, socket_.native_handle(), fly::any_name);
  take(std::make_shared<fly::byte_stream>(std::move(socket_), std::move(tls), count_));
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

void dialled_session::greet() {
  hello_ = {oldest_link_version, newest_link_version, common_->settings.self, make_uuid()};
  stream_->write(greeting_magic);
  say(hello_);
  read();
}

void dialled_session::on_bytes() {
  if (const auto next = next_greeting())
    on_greeting(*next);
  else if (!ended())
    read();
}

void dialled_session::on_greeting(const greeting& what) {
  const auto* first = std::get_if<challenge>(&what);
  const auto* last = std::get_if<welcome>(&what);
  if (const auto* no = std::get_if<refusal_of_node>(&what))
    on_refusal(*no);
  else if (first != nullptr && stage_ == stage::greeting)
    on_challenge(*first);
  else if (last == nullptr || stage_ != stage::welcoming)
    malformed("a greeting out of turn");
  else if (!constant_time_equal(last->proof, greeting_proof(common_->settings.secret, false, hello_, challenge_)))
    fail(tunnel_refusal::wrong_secret, "the other node has not proved that it knows the cluster secret");
  else
    passage_session::join(become_passage(), std::exchange(link_, nullptr));
}

void dialled_session::on_challenge(const challenge& what) {
  if (what.version < oldest_link_version || what.version > newest_link_version) {
    turn_away({"wrong_version", "the other node has chosen a version of the link that was not offered"},
              tunnel_refusal::wrong_version);
    return;
  }
  challenge_ = what;
  stage_ = stage::deciding;
  caf::anon_send(std::exchange(owner_, nullptr), node_answers{attempt_, challenge_.who, make_door()});
}

void dialled_session::on_refusal(const refusal_of_node& why) {
  code_ = why.code;
  fail(tunnel_refusal::other, why.message);
}

void dialled_session::on_proceed() {
  if (ended()) {
    caf::anon_send(link_, passage_closed{failure_});
    return;
  }
  say(proof{greeting_proof(common_->settings.secret, true, hello_, challenge_)});
  stage_ = stage::welcoming;
  read();
}

// -- end ---

// Reports the failure to the cluster; it does not count as a connection refused by this node.
void dialled_session::on_failure(tunnel_refusal why, const std::string& detail) {
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
    caf::anon_send(std::exchange(link_, nullptr), passage_closed{code_ + ": " + failure_});
}

void dialled_session::on_end() {
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace ability
