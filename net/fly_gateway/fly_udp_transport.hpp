/// One FlyRPC client over UDP: each packet a datagram.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/client/client_transport.hpp"
#include "net/fly/transport/transport.hpp"
#include "net/fly_gateway/fly_session.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// Used on its lane only; alive as long as its actor refers to it or its transport is open.
class fly_udp_session final : public std::enable_shared_from_this<fly_udp_session>, private fly_wire {
public:
  /// `peer` has proved its address. `url` is where it came to.
  static void start(edge& where, fly::transport_ptr peer, const std::shared_ptr<const std::string>& url);

  fly_udp_session(edge& where, fly::transport_ptr peer, std::shared_ptr<const std::string> url);
  fly_udp_session(const fly_udp_session&) = delete;
  fly_udp_session& operator=(const fly_udp_session&) = delete;
  ~fly_udp_session();

private:
  encoding takes() const noexcept override { return encoding::fly; }
  std::string_view transport() const noexcept override { return "flyrpc_udp"; }
  client_traffic traffic() const override { return {.peer = peer_->peer()}; }
  std::size_t max_payload() const noexcept override { return peer_->max_buffer(); }
  bool loses_packets() const noexcept override { return true; }
  bool write(frames_ptr frames, std::uint64_t count) override;
  void end(std::uint16_t code, std::string_view reason) override;
  void read_on() override { peer_->resume(); }
  client_handshake describe() override;
  void prefetch_parts() const noexcept override {}

  void send(const fly::packet& what);
  void send_instead(const fly::packet& what);

  edge& edge_;
  fly::transport_ptr peer_;
  std::shared_ptr<const std::string> url_;
  fly_client client_;
};

}  // namespace ability
