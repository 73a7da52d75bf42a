/// One client's WebSocket: frames in become commands for its connection actor, ready frames go out. It speaks Action
/// Cable, or carries the packets of a FlyRPC client.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/interfaces.hpp"
#include "net/client/action_cable_client.hpp"
#include "net/client/client_transport.hpp"
#include "net/fly_gateway/fly_session.hpp"
#include "net/http/client_handshake.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"
#include "net/lane/timer_wheel.hpp"
#include "net/websocket/ping_habit.hpp"
#include "net/websocket/pong_watch.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

/// Beast's stream exists only while the client is saying something: an idle connection is parked, which is most of
/// what it saves in memory (docs/decisions/0002-outbox-under-beast.md). Used on its lane only; alive as long as
/// its actor refers to it or a read is pending.
class websocket_session final : public action_cable_outbox,
                                public std::enable_shared_from_this<websocket_session>,
                                private fly_wire,
                                private wheel_timer {
public:
  /// Takes the connection over from HTTP. `unread`: bytes that came behind the request. `subprotocol`: the one that
  /// was agreed on, empty if none.
  static void start(edge& where, outlet::pointer socket, upgrade_request request, std::string subprotocol,
                    std::string unread);

  websocket_session(edge& where, outlet::pointer socket);
  ~websocket_session() override;

  encoding accept(std::string_view) override;
  void refuse(refusal why, const std::vector<std::string>& farewells) override;
  void expire_at(std::chrono::system_clock::time_point when) override;
  bool push(frames_ptr frames, std::uint64_t count) override;
  void push_text(std::string_view payload) override;
  void command_done() override;
  void close(std::string_view farewell, std::uint16_t code, std::string_view reason) override;
  std::string_view transport() const noexcept override { return fly_ == nullptr ? "websocket" : "flyrpc_websocket"; }
  client_traffic traffic() const override { return outlet_->traffic(); }
  void prefetch_parts() const noexcept override;

private:
  struct reader;     // Beast's stream and its buffer
  struct handshake;  // what is kept until the client is let in
  enum class state : std::uint8_t { handshaking, open, closed };

  // -- of a FlyRPC client
  encoding takes() const noexcept override { return encoding::fly_websocket; }
  bool write(frames_ptr frames, std::uint64_t count) override;
  void end(std::uint16_t code, std::string_view reason) override { close({}, code, reason); }
  void read_on() override;
  client_handshake describe() override;
  void begin_fly();
  void on_packet(std::string_view bytes);

  void on_timer() override;
  bool upgrade();
  void begin_to_read();
  reader& make_reader();
  bool is_open() const;
  void wait_for_client();
  void hear();
  void wake();
  void rest();
  void read();
  void on_message();
  void on_error(boost::system::error_code error);
  bool park();
  bool refuse_to_wait();
  bool queue(frames_ptr frames);
  void too_slow();
  void end(std::chrono::milliseconds patience, std::string_view reason = "client_gone");
  void schedule(bool first);
  void expect_pongs();
  void watch_pongs();
  void log_debug(std::string_view what) const;

  // What every push touches comes first.
  edge& edge_;
  outlet::pointer outlet_;
  std::unique_ptr<reader> reader_;
  state state_ = state::handshaking;
  bool inflate_ = false;  // the client may compress
  bool deflate_ = false;  // broadcasts may be compressed for it
  bool paused_ = false;   // too many commands are unanswered
  bool slow_ = false;
  bool unheard_ = false;  // has said nothing yet: its reader, made for the handshake, waits for that
  ping_habit pings_;
  std::unique_ptr<pong_watch> pongs_;  // null: it need not answer
  std::size_t pending_commands_ = 0;
  frame_boundary_scanner scanner_;
  std::unique_ptr<fly_client> fly_;  // null: it speaks Action Cable
  connection_actor actor_;           // null once it was told that the client is gone
  std::unique_ptr<handshake> handshake_;
  std::chrono::system_clock::time_point expires_ = std::chrono::system_clock::time_point::max();
  std::string sid_;
};

}  // namespace ability
