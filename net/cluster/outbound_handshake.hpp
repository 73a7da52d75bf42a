/// An attempt to connect to another node.
#pragma once

#include <boost/asio/ip/basic_resolver.hpp>

#include "net/cluster/handshake.hpp"
#include "protocol/fly/address.hpp"

namespace ability {

/// Resolves, connects, makes the TLS and the node handshake. Results go to `owner` as in `cluster_network::dial`.
class dialled_session final : public greeting_session {
public:
  static void start(const tunnel_common_ptr& common, const std::string& address, std::uint64_t attempt,
                    cluster_actor owner);

private:
  using resolver_type = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, fly::executor>;
  enum class stage : std::uint8_t { greeting, deciding, welcoming };

  dialled_session(const tunnel_common_ptr& common, const std::string& address, std::uint64_t attempt,
                  cluster_actor owner);

  void resolve();
  void connect(const resolver_type::results_type& found);
  void secure();
  void greet();
  void on_bytes() override;
  void on_failure(tunnel_refusal why, const std::string& detail) override;
  void on_proceed() override;
  std::string peer() const override { return address_; }
  void on_end() override;
  void on_greeting(const greeting& what);
  void on_challenge(const challenge& what);
  void on_refusal(const refusal_of_node& why);

  const std::string address_;
  const std::uint64_t attempt_;
  cluster_actor owner_;  // null once it was told
  fly::address where_;
  resolver_type resolver_;
  fly::tcp_socket socket_;
  stage stage_ = stage::greeting;
  std::string code_ = "unreachable";  // of a failure
  std::string failure_;               // a failure before the cluster's decision
};

}  // namespace ability
