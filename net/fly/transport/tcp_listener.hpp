/// The listener for transports over TCP: packets back to back or WebSocket, with or without TLS.
#pragma once

#include <functional>
#include <memory>
#include <unordered_set>

#include "net/fly/transport/listen.hpp"
#include "net/io/acceptor.hpp"

namespace ability::fly {

/// One listening socket. Lives while it is held or an operation on its socket is pending.
class tcp_listener final : public std::enable_shared_from_this<tcp_listener>, public acceptor_user {
public:
  /// Null `tls`: plain TCP.
  tcp_listener(const executor& on, address where, listen_options options, std::shared_ptr<const tls_context> tls,
               std::function<void(transport_ptr)> on_accept);

  /// Passes accepted connections on as byte streams, not as transports. Call before `open`, and not for WebSocket.
  void hand_out_streams(std::function<void(byte_stream_ptr)> on_stream) { on_stream_ = std::move(on_stream); }

  boost::system::error_code open(const boost::asio::ip::tcp::endpoint& where);

  /// As in `listener`.
  address local() const { return where_; }
  listener_counters counters() const { return counters_; }
  void close();

private:
  struct handshake {
    byte_stream_ptr stream;
    steady_timer deadline;
  };
  using handshake_ptr = std::shared_ptr<handshake>;

  void on_accept(tcp_socket socket) override;
  void on_secured(const handshake_ptr& which);
  bool end(const handshake_ptr& which);
  void finish(const handshake_ptr& which, transport_ptr made);
  void hand_out(byte_stream_ptr stream);
  void hand_out(transport_ptr made);

  const executor on_;
  acceptor acceptor_;
  address where_;
  listen_options options_;
  std::shared_ptr<const tls_context> tls_;
  std::function<void(transport_ptr)> on_accept_;
  std::function<void(byte_stream_ptr)> on_stream_;
  listener_counters counters_;
  std::unordered_set<handshake_ptr> handshakes_;
  std::shared_ptr<void> open_;  // held by each connection
};

}  // namespace ability::fly
