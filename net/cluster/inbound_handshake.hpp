/// An accepted connection, until it is recognized.
#pragma once

#include "net/cluster/handshake.hpp"

namespace ability {

/// Recognizes a node or a monitoring program. Programs may use the address for nodes if they have none of their own.
class inbound_handshake final : public handshake_session {
public:
  static void start(const tunnel_common_ptr& common, fly::tcp_socket socket, bool for_nodes);

private:
  enum class stage : std::uint8_t { beginning, handshake_message, proving, deciding };

  inbound_handshake(const tunnel_common_ptr& common, bool for_nodes);

  void begin(fly::tcp_socket socket);
  bool is_plain_node();
  void tell_plain_node();
  void secure(const fly::tls_context* context);
  void crowd_out();
  void on_bytes() override;
  void on_failure(tunnel_refusal why, const std::string& detail) override;
  void on_proceed() override;
  void on_end() override;
  std::string peer() const override { return peer_; }
  bool recognize();
  void recognize_program();
  void on_handshake_message(const handshake_message& what);
  void on_hello(const hello& what);
  void on_proof(const proof& what);

  const bool for_nodes_;
  fly::tcp_socket socket_;  // until there is a stream
  std::string peer_;
  stage stage_ = stage::beginning;
};

}  // namespace ability
