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

/// Packets back to back. Reads into a buffer that all connections of a thread share, so that an idle one has none.
/// Used on its lane only; alive as long as its actor refers to it or a read is pending.
class fly_tcp_session final : public std::enable_shared_from_this<fly_tcp_session>, private fly_wire {
public:
  static void start(edge& where, outlet::pointer socket);

  fly_tcp_session(edge& where, outlet::pointer socket);
  fly_tcp_session(const fly_tcp_session&) = delete;
  fly_tcp_session& operator=(const fly_tcp_session&) = delete;
  ~fly_tcp_session();

private:
  encoding takes() const noexcept override { return encoding::fly; }
  std::string_view transport() const noexcept override { return "flyrpc_tcp"; }
  client_traffic traffic() const override { return outlet_->traffic(); }
  bool write(frames_ptr frames, std::uint64_t count) override;
  void end(std::uint16_t code, std::string_view reason) override;
  void read_on() override;
  client_handshake describe() override;
  void prefetch_parts() const noexcept override;

  void wait();
  void read();
  void count_unfinished(std::size_t before, std::size_t got);
  void lost();

  edge& edge_;
  outlet::pointer outlet_;
  bool paused_ = false;
  bool slow_ = false;
  std::unique_ptr<unfinished_message> unfinished_;  // null: no packet waits for its rest
  fly_client client_;
};

}  // namespace ability
