/// One client between its transport and its connection actor: the part that all client protocols share.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "actors/connection/client_session.hpp"
#include "actors/interfaces.hpp"
#include "net/client/client_transport.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/timer_wheel.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/client/command.hpp"

namespace ability {

/// Holds the session id, the actor, the count of pending commands, the handshake timeout and the end of the token.
///
/// Part of its transport, which stays alive as long as the actor refers to the session. Use on its lane only. Derived
/// classes are the protocols: they turn messages into commands and replies into messages.
class client_session_base : public client_session, private wheel_timer {
public:
  client_session_base(const client_session_base&) = delete;
  client_session_base& operator=(const client_session_base&) = delete;

  // -- for the transport

  /// Spawns the actor. `self` is this session; the actor keeps the transport alive by it.
  virtual void start(std::shared_ptr<client_session> self);

  /// True if the client introduces itself by its first message: the transport opens before the client is accepted.
  virtual bool speaks_first() const noexcept { return false; }

  /// The largest message accepted from the client, in bytes.
  virtual std::size_t max_message() const noexcept = 0;

  /// True if messages of the client and broadcasts may be compressed, where the transport supports it.
  virtual bool may_compress() const noexcept { return false; }

  /// The name of this protocol over WebSocket, for monitoring programs.
  virtual std::string_view websocket_name() const noexcept { return "websocket"; }

  /// Handles one message. The bytes are valid during the call.
  virtual void on_message(std::string_view bytes, client_transport::content kind) = 0;

  /// Called when bytes are received, of a message or of the transport itself.
  virtual void on_bytes() {}

  /// True if another message may be read. If false, the transport's `read_on` is called once it may.
  virtual bool wants_more() const noexcept;

  /// Handles a full queue of the transport: counts, informs the client and closes.
  void too_slow();

  /// Handles input over a limit of the transport: closes with the WebSocket close code `code`.
  virtual void refuse_input(std::uint16_t code, std::string_view why) { end(code, why); }

  /// Call when the socket is closed, with the reason. `may_return`: the client may want its session back.
  void gone(std::string_view reason = "client_gone", bool may_return = true);

  /// True until the session has ended.
  bool is_alive() const noexcept { return state_ != state::closed; }
  std::string_view sid() const noexcept { return {sid_.data(), sid_.size()}; }

  // -- client_session
  const wire_format& accept(std::string_view identity, time_point expires, bool restores) final;
  void refuse(refusal why, const std::vector<std::string>& farewells) final;
  bool push(frames_ptr frames, std::uint64_t count) final;
  void command_done() final;
  std::size_t queued() const noexcept final { return transport_.queued(); }
  client_facts describe() const final { return {transport_.name(), transport_.traffic()}; }
  void prefetch_parts() const noexcept final { transport_.prefetch_parts(); }

protected:
  enum class state : std::uint8_t { handshaking, open, closed };

  explicit client_session_base(client_transport& transport);
  ~client_session_base() override;

  // -- for the protocol

  lane_context& where() const noexcept { return transport_.where(); }
  client_transport& transport() const noexcept { return transport_; }
  bool is_open() const noexcept { return state_ == state::open; }

  /// True once `on_refused` was called, in which the transport may be open.
  bool is_refusing() const noexcept { return refusing_; }

  /// Asks the actor to accept or refuse the client. Call once.
  void ask_in(client_handshake known);

  /// Sends a command to the actor, which answers by `command_done`.
  void command(client_command said);

  /// Goes on after a pause: reads more messages if they are wanted.
  virtual void go_on();

  /// True while fewer commands are pending than `--max-pending-commands` allows.
  bool has_pending_commands_left() const noexcept;

  /// Counts and logs a malformed message.
  void malformed(std::string_view why);

  /// Queues one message and counts it.
  bool send(std::string_view message, client_transport::content kind);

  /// Informs the actor, then closes the transport with the arguments of `client_transport::end`.
  void end(std::uint16_t code, std::string_view reason, std::string_view farewell = {});

  /// Called at the handshake timeout if the client is neither accepted nor refused: closes the session.
  virtual void on_late();

  /// Sets the timer to the end of the token or `at_most`, whichever comes first.
  void schedule(std::chrono::milliseconds at_most = std::chrono::milliseconds::max());

private:
  struct stop_order;

  // -- by the protocol

  /// Called when the client is accepted as `identity`. Opens the transport, unless it is open already. `restores`: as
  /// in `accept`.
  virtual void on_accepted(std::string_view identity, bool restores) = 0;
  virtual const wire_format& format() const noexcept = 0;
  virtual void on_refused(refusal why, const std::vector<std::string>& farewells) = 0;
  /// Called at the time set by `schedule`, if that is before the end of the token.
  virtual void on_schedule() { schedule(); }
  /// The session has ended.
  virtual void on_gone() {}

  void on_timer() final;
  void log_debug(std::string_view what) const;

  client_transport& transport_;
  state state_ = state::handshaking;
  bool slow_ = false;
  bool refusing_ = false;
  std::uint32_t pending_commands_ = 0;
  connection_actor actor_;                  // null once it was told that the client is gone
  std::unique_ptr<stop_order> stop_order_;  // null once the client was accepted
  time_point expires_ = time_point::max();
  std::array<char, random_id_size> sid_;
};

}  // namespace ability
