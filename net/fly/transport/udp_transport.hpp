/// The client's side of UDP: one packet per datagram, over a socket connected to the server's address.
/// Source: docs/protocols/flyrpc.md "UDP".
#pragma once

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "net/fly/transport/event_slot.hpp"
#include "net/fly/transport/transport.hpp"

namespace ability::fly {

using udp_socket = boost::asio::basic_datagram_socket<boost::asio::ip::udp, executor>;

/// Buffer for any datagram, one per thread.
std::span<char> datagram_buffer();

/// Datagrams that are read from one socket before others get their turn.
inline constexpr int datagrams_per_turn = 64;

/// Drops datagrams that are not packets. Closing sends nothing: the server notices the silence.
class udp_transport final : public transport, public std::enable_shared_from_this<udp_transport> {
public:
  /// `socket` is connected; `buffer` is the maximum bytes of a packet's buffer.
  udp_transport(udp_socket socket, std::size_t buffer, profile how);

  executor get_executor() const override { return executor_; }
  void start(events on) override;
  void send(std::string_view packets) override;
  std::size_t queued() const override { return 0; }
  void pause() override { paused_ = true; }
  void resume() override { paused_ = false; }
  void close(std::string_view why) override;
  std::size_t max_buffer() const override { return buffer_; }
  std::string peer() const override;

private:
  void wait();
  void read();
  void fail(boost::system::error_code error);

  executor executor_;
  udp_socket socket_;
  boost::asio::ip::udp::endpoint peer_;
  std::size_t buffer_;
  profile how_;
  event_slot on_;
  bool paused_ = false;
};

}  // namespace ability::fly
