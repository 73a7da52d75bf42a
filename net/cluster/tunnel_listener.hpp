/// A socket that accepts nodes or monitoring programs.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "net/cluster/tunnel_state.hpp"
#include "net/io/byte_stream.hpp"

namespace ability {

/// Accepts until it is closed. Connections beyond the limit are closed at once.
class tunnel_listener : public std::enable_shared_from_this<tunnel_listener> {
public:
  using endpoint = boost::asio::ip::tcp::endpoint;

  tunnel_listener(tunnel_common_ptr common, bool for_nodes);

  boost::system::error_code open(const endpoint& where);
  endpoint local() const;
  void start() { accept(); }
  void close();

private:
  void accept();
  void begin(fly::tcp_socket socket);
  void retry_later();

  const tunnel_common_ptr common_;
  const bool for_nodes_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, fly::executor> acceptor_;
  fly::steady_timer retry_;
};

}  // namespace ability
