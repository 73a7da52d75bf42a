#include "net/redis/redis_dialer.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <string_view>
#include <utility>

#include "net/redis/redis_tls.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t longest_cause = 200;

struct tls_remedy {
  std::string_view word;  // in the complaint
  std::string_view remedy;
};

// The first one counts.
constexpr std::array<tls_remedy, 6> tls_remedies{{
    {"hostname mismatch", "it has to name this host, --redis-tls-verify=false takes any"},
    {"IP address mismatch", "it has to name this host, --redis-tls-verify=false takes any"},
    {"certificate is not trusted", "--redis-tls-ca-cert-path names its authority, --redis-tls-verify=false takes any"},
    {"certificate required", "Redis asks for one: --redis-tls-client-cert-path and --redis-tls-client-key-path"},
    {"unknown ca", "Redis does not trust that of --redis-tls-client-cert-path"},
    {"wrong version number", "this port does not speak TLS: redis:// goes without"},
}};

}  // namespace

std::string redis_tls_cause(const std::string& complaint) {
  for (const auto& each : tls_remedies)
    if (complaint.find(each.word) != std::string::npos)
      return "TLS: " + complaint + " (" + std::string{each.remedy} + ')';
  return "TLS: " + complaint;
}

std::string redis_cause(const error_code& error) {
  return error == asio::error::eof ? "Connection closed by the server" : error.message();
}

std::string name_of(const redis_endpoint& where) {
  return where.path.empty() ? host_port(where.host, where.port) : where.path;
}

std::string without_secret(std::string_view text, std::string_view secret) {
  static constexpr std::string_view mask = "***";
  std::string result{text.substr(0, text.find(", with args"))};
  if (!secret.empty())
    for (auto at = result.find(secret); at != std::string::npos; at = result.find(secret, at + mask.size()))
      result.replace(at, secret.size(), mask);
  return result.substr(0, longest_cause);
}

// Handlers share the callback, which is empty once the attempt was cancelled.
void redis_dialer::dial(std::shared_ptr<const redis_endpoint> where, std::chrono::steady_clock::time_point deadline,
                        callback done) {
  where_ = std::move(where);
  done_ = std::make_shared<callback>(std::move(done));
  if (!where_->path.empty()) {
    auto socket = std::make_shared<redis_socket>(io_);
    socket->connect(asio::local::stream_protocol::endpoint{where_->path},
                    [this, socket, pending = done_](const error_code& error) {
                      if (!*pending)
                        return;
                      if (error)
                        finish(nullptr, redis_cause(error));
                      else
                        connected(socket);
                    });
    return;
  }
  connector_.connect(where_->host, where_->port, {deadline}, [this, pending = done_](auto reached) {
    if (!*pending)
      return;
    if (reached)
      return connected(std::make_shared<redis_socket>(std::move(*reached)));
    const auto& [at, code] = reached.error();
    finish(nullptr, at == fly::connect_failure::stage::look_up && code == asio::error::timed_out
                        ? "the name was not resolved in time"
                        : redis_cause(code));
  });
}

void redis_dialer::connected(std::shared_ptr<redis_socket> socket) {
  if (!where_->tls.on)
    return finish(std::move(socket), {});
  const auto context = load_redis_tls(where_->tls);
  if (!context)
    return finish(nullptr, context.error());
  socket_ = std::move(socket);
  socket_->secure(**context, where_->host, [this, pending = done_](const std::string& why) {
    if (!*pending)
      return;
    if (why.empty())
      finish(std::exchange(socket_, nullptr), {});
    else
      finish(nullptr, redis_tls_cause(why));
  });
}

void redis_dialer::finish(std::shared_ptr<redis_socket> socket, std::string why) {
  const auto done = std::exchange(*std::exchange(done_, nullptr), nullptr);
  if (auto failed = std::exchange(socket_, nullptr))
    failed->close();
  done(std::move(socket), std::move(why));
}

void redis_dialer::cancel() {
  connector_.cancel();
  if (done_ != nullptr)
    *std::exchange(done_, nullptr) = nullptr;
  if (auto socket = std::exchange(socket_, nullptr))
    socket->close();
}

}  // namespace ability
