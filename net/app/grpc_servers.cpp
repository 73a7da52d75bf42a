#include "net/app/grpc_servers.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <utility>

#include "protocol/text/host_port.hpp"

namespace ability {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// gRPC servers end a connection and its calls if pings come more often than every 5 minutes, or without a call. The
// AnyCable gem allows one every 10 s.
constexpr int ping_every_ms = 320'000;
// A connection ends if sent bytes stay unacknowledged, or a ping unanswered, for this time.
constexpr int unanswered_ms = 10'000;
// Firewalls and balancers silently forget idle connections. Close them first: a new connection costs less than a call
// that times out.
constexpr int idle_ms = 120'000;
constexpr int connect_timeout_ms = 1'000;

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const grpc_app_endpoint& where) {
  if (!where.tls)
    return grpc::InsecureChannelCredentials();
  if (where.verify) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = where.root_certificates;
    return grpc::SslCredentials(options);
  }
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

std::string name_of(const grpc_app_endpoint::server& where) { return host_port(where.host, where.port); }

// The URI of an address. An IPv6 address keeps its brackets; they and the % of its scope are encoded.
std::string target_of(const tcp::endpoint& address) {
  auto host = address.address().to_string();
  const auto port = ':' + std::to_string(address.port());
  if (address.address().is_v4())
    return "ipv4:" + host + port;
  if (const auto scope = host.find('%'); scope != std::string::npos)
    host.replace(scope, 1, "%25");
  return "ipv6:%5B" + host + "%5D" + port;
}

grpc::ChannelArguments arguments_of(const grpc_app_endpoint& where, const std::string& name) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, ping_every_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, unanswered_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, idle_ms);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the app_server retries
  // Ignore proxies of the environment: they apply to names, and channels are given addresses.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Reconnect a failed channel while our callers back off, rather than after gRPC's own 20 s.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, connect_timeout_ms);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, name);  // the name that the certificate must have, with TLS
  arguments.SetLoadBalancingPolicyName("pick_first");
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 65'536);  // bytes of headers, as by HTTP
  arguments.SetMaxReceiveMessageSize(static_cast<int>(where.max_reply));
  return arguments;
}

}  // namespace

grpc_servers::grpc_servers(asio::io_context& io, const grpc_app_endpoint& where)
    : io_{io}, where_{where}, credentials_{credentials_of(where)}, resolver_{io} {
  for (const auto& each : where_.servers) {
    auto& added = places_.emplace_back(place{.where = each, .found = {}, .trouble = {}});
    error_code is_name;
    const auto address = asio::ip::make_address(each.host, is_name);
    if (is_name)
      has_names_ = true;
    else
      added.found.emplace_back(address, each.port);
  }
  use_what_was_found();
}

void grpc_servers::pick(std::chrono::milliseconds timeout, std::function<void(picked)> then) {
  look_up_if_due();
  if (stopped_ || !servers_.empty() || looking_ == 0) {
    then(next());
    return;
  }
  const auto waits = std::make_shared<waiter>(waiter{std::move(then), asio::steady_timer{io_, timeout}});
  waiting_.push_back(waits);
  waits->timer.async_wait([self = shared_from_this(), waits](const error_code&) {
    if (const auto late = std::exchange(waits->then, nullptr)) {
      std::erase(self->waiting_, waits);
      late(std::string{"the name was not resolved in time"});
    }
  });
}

void grpc_servers::stop() {
  stopped_ = true;
  resolver_.cancel();
  end_waiting();
}

void grpc_servers::end_waiting() {
  for (const auto& each : std::exchange(waiting_, {})) {
    each->timer.cancel();
    std::exchange(each->then, nullptr)(next());
  }
}

// -- names ---

void grpc_servers::look_up_if_due() {
  const auto now = clock::now();
  const bool first = looked_ == clock::time_point{};
  if (!has_names_ || stopped_ || looking_ > 0 || (!first && now - looked_ < (any_connected() ? refresh : look_again)))
    return;
  looked_ = now;
  for (auto& each : places_) {
    error_code is_name;
    asio::ip::make_address(each.where.host, is_name);
    if (is_name)
      look_up(each);
  }
}

void grpc_servers::look_up(place& which) {
  ++looking_;
  resolver_.async_resolve(which.where.host, std::to_string(which.where.port), tcp::resolver::numeric_service,
                          [self = shared_from_this(), &which](const error_code& error, const addresses& found) {
                            self->looked_up(which, error, found);
                          });
}

// Keeps the old addresses of a name that is not found.
void grpc_servers::looked_up(place& which, const error_code& error, const addresses& found) {
  --looking_;
  if (stopped_)
    return;
  which.trouble = error ? "cannot resolve " + which.where.host + ": " + error.message() : std::string{};
  if (!error)
    which.found.assign(found.begin(), found.end());
  use_what_was_found();
  if (!servers_.empty() || looking_ == 0)
    end_waiting();
}

void grpc_servers::use_what_was_found() {
  std::vector<std::shared_ptr<grpc_server>> now;
  const auto at = [](const auto& servers, const tcp::endpoint& address) {
    return std::ranges::find_if(servers, [&](const auto& each) { return each->address == address; });
  };
  for (const auto& each : places_)
    for (const auto& address : each.found) {
      if (at(now, address) != now.end() || now.size() == max_servers)
        continue;
      const auto known = at(servers_, address);
      now.push_back(known != servers_.end() ? *known : make_server(each, address));
    }
  servers_ = std::move(now);
}

std::string grpc_servers::names() const {
  std::string all;
  for (const auto& each : places_)
    all.append(all.empty() ? "" : ",").append(name_of(each.where));
  return all;
}

std::string grpc_servers::why_away() const {
  return servers_.empty() ? trouble() : "no connection can be made: is the server running, and at that port?";
}

std::string grpc_servers::trouble() const {
  if (stopped_)
    return "the daemon stops";
  for (const auto& each : places_)
    if (!each.trouble.empty())
      return each.trouble;
  return "no server is known";
}

// -- turns ---

std::shared_ptr<grpc_server> grpc_servers::make_server(const place& from, const tcp::endpoint& address) const {
  auto made = std::make_shared<grpc_server>();
  made->name = name_of(from.where);
  made->address = address;
  made->channel = grpc::CreateCustomChannel(target_of(address), credentials_, arguments_of(where_, made->name));
  made->stub = anycable::RPC::NewStub(made->channel);
  return made;
}

bool grpc_servers::any_connected() const {
  return std::ranges::any_of(servers_,
                             [](const auto& each) { return each->channel->GetState(false) == GRPC_CHANNEL_READY; });
}

reachability grpc_servers::state() {
  look_up_if_due();
  if (servers_.empty())
    return looking_ > 0 ? reachability::unknown : reachability::away;
  auto outcome = reachability::away;
  for (const auto& each : servers_) {
    const auto now = each->channel->GetState(true);
    if (now == GRPC_CHANNEL_READY)
      outcome = reachability::up;
    else if (now != GRPC_CHANNEL_TRANSIENT_FAILURE && outcome == reachability::away)
      outcome = reachability::unknown;
  }
  return outcome;
}

// The next connected server, else one that may be connected soon. Makes the others connect.
grpc_servers::picked grpc_servers::next() {
  if (stopped_ || servers_.empty())
    return trouble();
  const auto distance = [](grpc_connectivity_state state) {
    return state == GRPC_CHANNEL_READY ? 0 : state == GRPC_CHANNEL_TRANSIENT_FAILURE ? 2 : 1;
  };
  std::size_t chosen = 0;
  int nearest = 3;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const auto at = (turn_ + i) % servers_.size();
    const int here = distance(servers_[at]->channel->GetState(true));
    if (here < nearest) {
      nearest = here;
      chosen = at;
    }
  }
  turn_ = chosen + 1;
  return servers_[chosen];
}

}  // namespace ability
