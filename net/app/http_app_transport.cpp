#include "net/app/http_app_transport.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

#include "net/app/http_app_connection.hpp"
#include "net/io/pem_file.hpp"
#include "protocol/app_rpc/app_rpc_json.hpp"
#include "protocol/http/authority.hpp"

namespace ability {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// Servers keep idle connections for 5 s or longer. Calls that must not be repeated use only fresher ones.
constexpr std::chrono::seconds fresh_for{2};

http_app_connection::request_type to_http(const http_app_endpoint& where, const rpc_request& call) {
  http_app_connection::request_type request{http::verb::post, where.path + '/' + std::string{name_of(call.method)}, 11};
  request.set(http::field::host, authority_text(where.host, where.port, where.tls));
  request.set(http::field::user_agent, "abilityd/" ABILITY_VERSION);
  request.set(http::field::content_type, "application/json");
  if (!where.secret.empty())
    request.set(http::field::authorization, "Bearer " + where.secret);
  request.set("x-anycable-meta-sid", call.sid);
  request.set("x-anycable-meta-protov", rpc_protocol_version);
  request.body() = encode_rpc_request(call);
  request.prepare_payload();
  return request;
}

}  // namespace

http_app_transport::http_app_transport(asio::io_context& io, http_app_endpoint where)
    : io_{io}, where_{std::move(where)} {
  if (!where_.tls)
    return;
  tls_.emplace(asio::ssl::context::tls_client);
  if (where_.ca_file.empty())
    tls_->set_default_verify_paths();
  else if (auto wrong = fly::trust_authorities(tls_->native_handle(), where_.ca_file); !wrong.empty())
    throw std::runtime_error{"certificates of authorities " + where_.ca_file + ": " + wrong};
}

http_app_transport::~http_app_transport() = default;

void http_app_transport::call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
                              std::function<void(rpc_outcome)> done) {
  // Only `message` has an effect each time it is called.
  const bool repeatable = request->command != "message";
  auto connection = idle_connection(repeatable);
  busy_.push_back(connection);
  connection->exchange(to_http(where_, *request), repeatable, timeout,
                       [self = shared_from_this(), connection = connection.get(), done = std::move(done)](
                           rpc_outcome outcome, bool reusable) {
                         self->release(connection->shared_from_this(), reusable);
                         done(std::move(outcome));
                       });
}

void http_app_transport::probe(bool afresh, std::chrono::milliseconds timeout,
                               std::function<void(probe_outcome)> done) {
  if (!afresh && std::ranges::any_of(idle_, [](const auto& each) { return each->is_alive(); })) {
    done(reachability::up);
    return;
  }
  auto connection = std::make_shared<http_app_connection>(io_, where_, tls_ ? &*tls_ : nullptr);
  busy_.push_back(connection);
  connection->open(timeout, [self = shared_from_this(), connection = connection.get(), done = std::move(done)](
                                const rpc_outcome& outcome, bool open) {
    self->release(connection->shared_from_this(), open);
    const auto* const error = std::get_if<rpc_error>(&outcome);
    const auto& where = self->where_;
    done(open ? probe_outcome{reachability::up}
              : probe_outcome{reachability::away, authority_text(where.host, where.port, where.tls),
                              error != nullptr ? error->detail : ""});
  });
}

std::shared_ptr<http_app_connection> http_app_transport::idle_connection(bool repeatable) {
  const auto fresh = std::chrono::steady_clock::now() - fresh_for;
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->is_alive() && (repeatable || connection->idle_since() > fresh))
      return connection;
  }
  return std::make_shared<http_app_connection>(io_, where_, tls_ ? &*tls_ : nullptr);
}

void http_app_transport::release(const std::shared_ptr<http_app_connection>& connection, bool reusable) {
  std::erase(busy_, connection);
  if (reusable)
    idle_.push_back(connection);
}

void http_app_transport::use_secret(std::string secret) {
  asio::post(io_, [self = shared_from_this(), secret = std::move(secret)]() mutable {
    self->where_.secret = std::move(secret);
  });
}

void http_app_transport::stop() {
  idle_.clear();
  for (const auto& each : std::exchange(busy_, {}))
    each->abort();
}

}  // namespace ability
