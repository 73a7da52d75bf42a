/// One FlyRPC client over UDP: one packet per datagram.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/client/client_transport.hpp"
#include "net/fly/transport/transport.hpp"
#include "net/fly_gateway/fly_session.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// Use on its lane only; alive as long as its actor refers to it or its transport is open.
class fly_udp_transport final : public std::enable_shared_from_this<fly_udp_transport>, public client_transport {
public:
  /// `peer` has proved its address. `url` holds the daemon's address.
  static void start(lane_context& where, fly::transport_ptr peer, const std::shared_ptr<const std::string>& url);

  fly_udp_transport(lane_context& where, fly::transport_ptr peer, std::shared_ptr<const std::string> url);

  // -- client_transport
  std::string_view name() const noexcept override { return "flyrpc_udp"; }
  client_traffic traffic() const override { return {.peer = peer_->peer()}; }
  std::string peer_address() const override;
  client_handshake describe() override;
  std::size_t max_message() const noexcept override { return peer_->max_buffer(); }
  bool loses_messages() const noexcept override { return true; }
  bool send(std::string_view message, content kind) override;
  bool write(frames_ptr frames) override;
  std::size_t queued() const noexcept override { return 0; }
  void end(std::uint16_t code, std::string_view reason, std::string_view farewell) override;
  void read_on() override { peer_->resume(); }
  void prefetch_parts() const noexcept override {}

private:
  void write_packets(std::string_view packets);
  void send_packet(const fly::packet& what);
  void send_instead(const fly::packet& what);

  fly::transport_ptr peer_;
  std::shared_ptr<const std::string> url_;
  fly_session client_;
};

}  // namespace ability
