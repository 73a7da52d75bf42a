/// The server's side of UDP: one socket, and one transport for each address that has proved itself.
/// Source: docs/protocols/flyrpc.md "UDP".
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "net/fly/transport/listen.hpp"
#include "net/fly/transport/udp_transport.hpp"
#include "net/io/byte_stream.hpp"

namespace ability::fly {

class udp_peer;

/// An unproved address costs no memory and is never sent more bytes than it sent: it may only ping and ask for a
/// cookie. Lives while it is held or an operation on its socket is pending.
class udp_server final : public std::enable_shared_from_this<udp_server> {
public:
  using endpoint = boost::asio::ip::udp::endpoint;

  udp_server(const executor& on, address where, listen_options options, std::function<void(transport_ptr)> on_accept);

  boost::system::error_code open(const endpoint& where);

  /// As in `listener`.
  address local() const { return where_; }
  listener_counters counters() const { return counters_; }
  void close();

  // -- for its peers -------------------------------------------------------------------------------------------------

  executor get_executor() { return socket_.get_executor(); }
  const listen_options& options() const noexcept { return options_; }
  void send(std::string_view datagram, const endpoint& to);
  void forget(const endpoint& peer) { peers_.erase(peer); }
  void count_paused() { ++counters_.dropped_paused; }

  /// The proof that a Helo with a valid cookie gives.
  struct proof {
    std::string cookie;
    std::chrono::system_clock::time_point made;  ///< the cookie was
    std::chrono::system_clock::time_point now;
  };

private:
  void wait();
  void read();
  void on_datagram(std::string_view bytes, const endpoint& from);
  static bool is_new_handshake(const packet& what, const udp_peer& known);
  void on_stranger(const packet& what, std::string_view bytes, const endpoint& from);
  void on_helo(const packet& helo, std::string_view bytes, const endpoint& from);
  void welcome(const packet& helo, const proof& by, std::string_view bytes, const endpoint& from);
  void sweep_later();
  void sweep();

  udp_socket socket_;
  steady_timer sweep_;
  address where_;
  listen_options options_;
  std::function<void(transport_ptr)> on_accept_;
  std::string secret_;  // signs cookies
  listener_counters counters_;
  std::unordered_map<endpoint, std::shared_ptr<udp_peer>> peers_;
};

}  // namespace ability::fly
