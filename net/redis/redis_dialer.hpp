/// Reaching a Redis server: look-up of its name, connect, TLS.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/settings/redis_settings.hpp"
#include "net/io/connector.hpp"
#include "net/redis/redis_socket.hpp"

namespace ability {

/// One attempt. Part of its user, which `done` keeps alive. `done` is called once, later, unless the attempt was
/// cancelled, with the socket or else with the reason.
class redis_dialer {
public:
  using callback = std::function<void(std::shared_ptr<redis_socket> socket, std::string why)>;

  explicit redis_dialer(boost::asio::io_context& io) : io_{io}, connector_{io.get_executor()} {}
  redis_dialer(const redis_dialer&) = delete;
  redis_dialer& operator=(const redis_dialer&) = delete;
  ~redis_dialer() { cancel(); }

  /// `deadline` bounds look-up and connect; the user bounds the TLS handshake, by `cancel()`.
  void dial(std::shared_ptr<const redis_endpoint> where, std::chrono::steady_clock::time_point deadline, callback done);

  /// True while the other side has been reached and a TLS handshake is under way.
  bool is_securing() const noexcept { return socket_ != nullptr; }

  void cancel();

private:
  void connected(std::shared_ptr<redis_socket> socket);
  void finish(std::shared_ptr<redis_socket> socket, std::string why);

  boost::asio::io_context& io_;
  fly::connector connector_;
  std::shared_ptr<const redis_endpoint> where_;
  std::shared_ptr<redis_socket> socket_;  // of which the TLS handshake is under way
  std::shared_ptr<callback> done_;        // null: no attempt is under way
};

/// The text of an error of the socket.
std::string redis_cause(const boost::system::error_code& error);

/// The text of a complaint about TLS, with the remedy where one is known.
std::string redis_tls_cause(const std::string& complaint);

/// `HOST:PORT`, or the path of the socket file.
std::string name_of(const redis_endpoint& where);

/// Removes the quoted command and the password: Redis quotes the beginning of an unknown command in its error.
std::string without_secret(std::string_view text, std::string_view secret);

}  // namespace ability
