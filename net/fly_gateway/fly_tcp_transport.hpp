/// One FlyRPC client's TCP connection, plain or under TLS.
#pragma once

#include <memory>
#include <string_view>

#include "net/client/client_transport.hpp"
#include "net/fly_gateway/fly_session.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"
#include "net/lane/unfinished_input.hpp"

namespace ability {

/// Packets back to back. All connections of a thread share one read buffer, so idle connections hold none. Use on its
/// lane only; alive as long as its actor refers to it or a read is pending.
class fly_tcp_transport final : public std::enable_shared_from_this<fly_tcp_transport>, public client_transport {
public:
  static void start(lane_context& where, outbox::pointer socket);

  fly_tcp_transport(lane_context& where, outbox::pointer socket);
  ~fly_tcp_transport();

  // -- client_transport
  std::string_view name() const noexcept override { return "flyrpc_tcp"; }
  client_traffic traffic() const override { return outbox_->traffic(); }
  std::string peer_address() const override { return outbox_->peer_address(); }
  client_handshake describe() override;
  bool send(std::string_view message, content kind) override;
  bool write(frames_ptr frames) override;
  std::size_t queued() const noexcept override { return outbox_->queued(); }
  void drop_unsent() override { outbox_->drop_unsent(); }
  void end(std::uint16_t code, std::string_view reason, std::string_view farewell) override;
  void read_on() override;
  void prefetch_parts() const noexcept override;

private:
  void wait();
  void read();
  void count_unfinished(std::size_t before, std::size_t got);
  void lost();

  outbox::pointer outbox_;
  bool paused_ = false;
  std::unique_ptr<unfinished_message> unfinished_;  // null: no packet is incomplete
  fly_session client_;
};

}  // namespace ability
