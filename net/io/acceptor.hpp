/// The accept loop of a listening TCP socket.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "net/io/byte_stream.hpp"

namespace ability::fly {

/// The user of an acceptor. All functions are called on the acceptor's event loop.
class acceptor_user {
public:
  /// Takes over a connection.
  virtual void on_accept(tcp_socket socket) = 0;

  /// Called when no connection can be accepted for now: most likely all file descriptors are in use.
  virtual void on_accept_failure() {}

  /// The event loop of the next connection; `own` is that of the acceptor.
  virtual executor executor_of_next(const executor& own) { return own; }

protected:
  ~acceptor_user() = default;
};

/// Accepts from `start` to `close`, and tries again a while after a failure. Part of its user, which is kept alive by
/// the pending operation. Use on its event loop.
class acceptor {
public:
  using endpoint = boost::asio::ip::tcp::endpoint;
  using socket_type = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor>;

  explicit acceptor(const executor& on) : socket_{on}, retry_{on} {}

  /// Binds and listens; up to `backlog` connections wait to be accepted. Connections inherit the options that `set_up`
  /// sets. May be called on any thread before `start`.
  boost::system::error_code open(const endpoint& where, int backlog, void (*set_up)(socket_type&) = nullptr);

  /// The address at which it listens; empty if it does not.
  endpoint local() const;

  /// Begins to accept. `user` owns this.
  void start(std::shared_ptr<acceptor_user> user);

  /// Stops accepting. `on_accept` may call it.
  void close();

private:
  void retry_later(std::shared_ptr<acceptor_user> user);

  socket_type socket_;
  steady_timer retry_;
};

}  // namespace ability::fly
