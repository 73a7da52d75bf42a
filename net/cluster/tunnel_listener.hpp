/// A socket that accepts nodes or monitoring programs.
#pragma once

#include <memory>

#include "net/cluster/tunnel_state.hpp"
#include "net/io/acceptor.hpp"

namespace ability {

/// Accepts until it is closed. Connections beyond the limit are closed at once.
class tunnel_listener final : public std::enable_shared_from_this<tunnel_listener>, public fly::acceptor_user {
public:
  using endpoint = fly::acceptor::endpoint;

  tunnel_listener(tunnel_common_ptr common, bool for_nodes);

  boost::system::error_code open(const endpoint& where);
  endpoint local() const { return acceptor_.local(); }
  void start() { acceptor_.start(shared_from_this()); }
  void close() { acceptor_.close(); }

private:
  void on_accept(fly::tcp_socket socket) override;
  void on_accept_failure() override;

  const tunnel_common_ptr common_;
  const bool for_nodes_;
  fly::acceptor acceptor_;
};

}  // namespace ability
