/// An attempt to connect to another node.
#pragma once

#include "net/cluster/handshake.hpp"
#include "net/io/connector.hpp"

namespace ability {

/// Resolves, connects, makes the TLS and the node handshake. Results go to `owner` as in `cluster_network::dial`.
class outbound_handshake final : public handshake_session {
public:
  static void start(const tunnel_common_ptr& common, const std::string& address, std::uint64_t attempt,
                    cluster_actor owner);

private:
  enum class stage : std::uint8_t { handshake_message, deciding, welcoming };

  outbound_handshake(const tunnel_common_ptr& common, const std::string& address, std::uint64_t attempt,
                     cluster_actor owner);

  void connect();
  void on_unreachable(const fly::connect_failure& why);
  void secure(fly::tcp_socket socket);
  void greet();
  void on_bytes() override;
  void on_failure(tunnel_refusal why, const std::string& detail) override;
  void on_proceed() override;
  std::string peer() const override { return address_; }
  void on_end() override { connector_.cancel(); }
  void on_handshake_message(const handshake_message& what);
  void on_challenge(const challenge& what);
  void on_refusal(const refusal_of_node& why);

  const std::string address_;
  const std::uint64_t attempt_;
  cluster_actor owner_;  // null once it was told
  fly::connector connector_;
  stage stage_ = stage::handshake_message;
  std::string code_ = "unreachable";  // of a failure
  std::string failure_;               // a failure before the cluster's decision
};

}  // namespace ability
